import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconHelpCircle } from "@tabler/icons-react";
import type { CertificateGrade } from "@/api/types";
import { GRADE_WORDS } from "./words";

const LOOKS = {
  green: { color: "teal", Icon: IconCircleCheck },
  amber: { color: "yellow", Icon: IconAlertTriangle },
  red: { color: "red", Icon: IconCircleX },
  unmeasured: { color: "gray", Icon: IconHelpCircle },
} as const;

/** The grade of a certificate: colour, icon and words say the same. */
export function GradeBadge({ grade }: { grade: CertificateGrade }) {
  const { color, Icon } = LOOKS[grade];
  return (
    <Badge
      variant="light"
      color={color}
      size="sm"
      tt="none"
      leftSection={<Icon size={13} aria-hidden="true" />}
      styles={{ label: { color: "var(--mantine-color-text)" } }}
    >
      {GRADE_WORDS[grade]}
    </Badge>
  );
}
