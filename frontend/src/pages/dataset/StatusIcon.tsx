import {
  IconCircle,
  IconCircleArrowLeftFilled,
  IconCircleCheck,
  IconCircleCheckFilled,
  IconCircleHalf2,
  type Icon,
} from "@tabler/icons-react";
import type { Status } from "@/api/types";

const LOOKS: Record<Status, { icon: Icon; color: string }> = {
  unlabelled: { icon: IconCircle, color: "var(--mantine-color-dimmed)" },
  in_progress: { icon: IconCircleHalf2, color: "var(--mantine-color-dimmed)" },
  done: { icon: IconCircleCheck, color: "var(--mantine-color-anchor)" },
  sent_back: { icon: IconCircleArrowLeftFilled, color: "light-dark(#b35309, #f0a24a)" },
  accepted: { icon: IconCircleCheckFilled, color: "var(--mantine-color-anchor)" },
};

export function StatusIcon({ status, size = 15 }: { status: Status; size?: number }) {
  const { icon: Icon, color } = LOOKS[status];
  return <Icon size={size} color={color} style={{ flex: "none" }} aria-hidden="true" />;
}
