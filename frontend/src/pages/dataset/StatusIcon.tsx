import { IconCircle, IconCircleCheckFilled, IconCircleHalf2 } from "@tabler/icons-react";
import type { Status } from "@/api/types";

export function StatusIcon({ status, size = 15 }: { status: Status; size?: number }) {
  if (status === "done") {
    return <IconCircleCheckFilled size={size} color="var(--mantine-color-anchor)" aria-hidden="true" />;
  }
  const Icon = status === "in_progress" ? IconCircleHalf2 : IconCircle;
  return <Icon size={size} color="var(--mantine-color-dimmed)" aria-hidden="true" />;
}
