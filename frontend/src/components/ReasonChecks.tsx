import { Checkbox, SimpleGrid } from "@mantine/core";
import type { SendBackReason } from "@/api/types";
import { REASON_WORDS, SEND_BACK_REASONS } from "@/lib/reasons";

type Props = { value: readonly SendBackReason[]; onChange: (reasons: SendBackReason[]) => void };

/** The reasons to tick when an image is sent back. */
export function ReasonChecks({ value, onChange }: Props) {
  return (
    <Checkbox.Group
      label="What is wrong?"
      value={[...value]}
      onChange={(chosen) => onChange(SEND_BACK_REASONS.filter((reason) => chosen.includes(reason)))}
    >
      <SimpleGrid cols={2} spacing="xs" verticalSpacing={8} mt={8}>
        {SEND_BACK_REASONS.map((reason, i) => (
          <Checkbox
            key={reason}
            size="sm"
            value={reason}
            label={REASON_WORDS[reason]}
            data-autofocus={i === 0 || undefined}
          />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  );
}
