import { Collapse, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { ArgumentsPanel } from "./ArgumentsPanel";
import type { Faults, RunForm } from "./form";
import { FurtherFields } from "./HowToTrain";

type Props = { form: RunForm; faults: Faults; onChange: (changed: Partial<RunForm>) => void };

/** What few change; open from the start where something is changed already. */
export function AdvancedPanel({ form, faults, onChange }: Props) {
  const faultCount = Object.keys(faults.arguments).length;
  const changedCount = Object.keys(form.arguments).length;
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isOpen = chosen ?? changedCount > 0;
  return (
    <Panel>
      <UnstyledButton type="button" aria-expanded={isOpen} onClick={() => setChosen(!isOpen)} w="fit-content">
        <Group gap={6}>
          {isOpen ? <IconChevronDown size={15} /> : <IconChevronRight size={15} />}
          <Text size="sm" fw={600}>
            Advanced
          </Text>
          <Text size="xs" c={faultCount > 0 ? "red" : "dimmed"}>
            {advancedWords(changedCount, faultCount)}
          </Text>
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        {isOpen && (
          <Stack gap="lg" pt="md">
            <FurtherFields form={form} faults={faults} onChange={onChange} />
            <ArgumentsPanel
              values={form.arguments}
              faults={faults.arguments}
              onChange={(values) => onChange({ arguments: values })}
            />
          </Stack>
        )}
      </Collapse>
    </Panel>
  );
}

function advancedWords(changedCount: number, faultCount: number): string {
  if (faultCount > 0) return `${plural(faultCount, "argument")} cannot be used`;
  if (changedCount > 0) return `${plural(changedCount, "argument")} changed`;
  return "name, seed, learning rate, and every argument of Ultralytics";
}
