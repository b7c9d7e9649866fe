import { Anchor, Badge, Checkbox, Group, Progress, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import type { QueuedRun, Run } from "@/api/types";
import { Ago } from "@/components/Ago";
import { percentDone } from "@/components/ProgressLine";
import { Sparkline } from "@/components/Sparkline";
import { StateBadge } from "@/components/StateBadge";
import { figureWords } from "@/lib/figures";
import { formatDuration, plural } from "@/lib/format";
import { startOf } from "@/lib/models";
import { nameInGroup } from "./groups";
import { placeWords } from "./queue";

/** Share of a run that is done: by its progress, else by its epochs. */
export function runPercent(run: Pick<Run, "progress" | "epoch" | "epochs">): number {
  return percentDone(run.progress) ?? percentDone({ done: run.epoch, total: run.epochs }) ?? 0;
}

type RowProps = {
  run: Run;
  /** Its place in the queue, while it waits. */
  place: QueuedRun | undefined;
  selected: boolean;
  onSelect: (id: number) => void;
  /** Stands under the heading of its group, whose name it need not repeat. */
  indented?: boolean;
};

export function RunRow({ run, place, selected, onSelect, indented = false }: RowProps) {
  const person = run.created_by?.display_name || run.created_by?.username;
  return (
    <Table.Tr bg={selected ? "var(--sl-sunken)" : undefined}>
      <Table.Td w={40}>
        <Checkbox
          size="xs"
          aria-label={`Select ${run.name}`}
          checked={selected}
          onChange={() => onSelect(run.id)}
        />
      </Table.Td>
      <Table.Td maw={240} pl={indented ? 28 : undefined}>
        <Anchor
          component={Link}
          to={`/runs/${run.id}`}
          size="sm"
          fw={550}
          truncate
          display="block"
          title={run.name}
        >
          {indented ? nameInGroup(run) : run.name}
        </Anchor>
        {run.stopped_early && (
          <Text size="xs" c="dimmed">
            stopped early, kept
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={200}>
        <Text size="sm" truncate title={run.dataset_name}>
          {run.dataset_name}
        </Text>
        <Text size="xs" c="dimmed">
          version {run.version.number}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {startOf(run)}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {run.parameters.image_size} px
        </Text>
      </Table.Td>
      <Table.Td maw={230}>
        <RunState run={run} place={place} />
      </Table.Td>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <Text size="sm" fw={600} className="tabular" miw={44}>
            {figureWords(run.best?.mask.map50, run.best?.reason)}
          </Text>
          {run.sparkline.length > 0 && (
            <Sparkline values={run.sparkline} label={`Mask mAP50-95 over ${run.sparkline.length} epochs`} />
          )}
        </Group>
        {run.lost_pins > 0 && (
          <Text size="xs" c="red" style={{ whiteSpace: "nowrap" }}>
            {plural(run.lost_pins, "must-find object")} lost
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        {run.origin === "uploaded" ? "not known" : formatDuration(run.duration_seconds)}
      </Table.Td>
      <Table.Td maw={140}>
        <Text size="sm" truncate title={run.device_name}>
          {run.device_name || "–"}
        </Text>
      </Table.Td>
      <Table.Td>
        <Ago time={run.started_at ?? run.created_at} />
        {person && (
          <Text size="xs" c="dimmed" truncate maw={120} title={person}>
            {person}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function RunState({ run, place }: { run: Run; place: QueuedRun | undefined }) {
  const trains = run.state === "running" || run.state === "cancelling";
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <StateBadge state={run.state} paused={run.is_paused} />
        {run.priority !== "normal" && isActive(run.state) && (
          <Badge size="sm" variant="light" color="gray" tt="none" style={{ flex: "none" }}>
            {run.priority} priority
          </Badge>
        )}
      </Group>
      {trains && (
        <Group gap="xs" wrap="nowrap" mt={4}>
          <Progress size={4} value={runPercent(run)} flex={1} aria-label={`Progress of ${run.name}`} />
          <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
            {run.epoch} / {run.epochs}
          </Text>
        </Group>
      )}
      {place && (
        <Text size="xs" c="dimmed" lineClamp={3} title={place.reason}>
          {placeWords({ position: place.position, priority: "normal" })} {place.reason}
        </Text>
      )}
      {run.is_paused && trains && (
        <Text size="xs" c="dimmed" lineClamp={2} title={run.progress.message}>
          {run.progress.message}
        </Text>
      )}
      {run.state === "failed" && (
        <Text size="xs" c="dimmed" lineClamp={2} title={run.error}>
          {run.error}
        </Text>
      )}
    </>
  );
}
