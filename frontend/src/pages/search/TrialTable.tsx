import { Anchor, Progress, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Search, Trial, TrialState } from "@/api/types";
import { figureWords } from "@/lib/figures";
import { byResult, formatArgument } from "./trials";

const STATE_WORDS: Record<TrialState, string> = {
  queued: "waiting",
  running: "training",
  cancelling: "stopping",
  finished: "finished",
  pruned: "stopped by the search",
  stopped: "stopped by hand",
  failed: "failed",
  cancelled: "cancelled",
  deleted: "its run was deleted",
};

export function TrialTable({ search }: { search: Search }) {
  const { trials, space } = search;
  if (trials.length === 0) {
    return (
      <Text size="sm" c="dimmed" ta="center" py="lg">
        No trial yet: a worker asks for the first ones in a moment.
      </Text>
    );
  }
  return (
    <Table miw={460 + 84 * space.length}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Trial</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th ta="right">Mask mAP50-95</Table.Th>
          <Table.Th ta="right">Epochs</Table.Th>
          {space.map(({ name }) => (
            <Table.Th key={name} ta="right" ff="monospace">
              {name}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {byResult(trials).map((trial) => (
          <TrialRow key={trial.number} trial={trial} search={search} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function TrialRow({ trial, search }: { trial: Trial; search: Search }) {
  const isBest = trial.number === search.best;
  return (
    <Table.Tr bg={isBest ? "var(--sl-sunken)" : undefined}>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        {trial.run === null ? (
          <Text size="sm">{trial.number + 1}</Text>
        ) : (
          <Anchor component={Link} to={`/runs/${trial.run}`} size="sm" fw={550} title={trial.run_name}>
            Trial {trial.number + 1}
          </Anchor>
        )}
        {isBest && (
          <Text span size="xs" c="dimmed">
            {" "}
            best
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm" c={trial.state === "failed" ? "red" : undefined}>
          {STATE_WORDS[trial.state]}
        </Text>
        {trial.state === "running" && (
          <Progress
            size={3}
            mt={4}
            value={(100 * trial.epoch) / Math.max(1, trial.epochs)}
            aria-label={`Progress of trial ${trial.number + 1}`}
          />
        )}
      </Table.Td>
      <Table.Td ta="right" className="tabular" fw={isBest ? 650 : undefined}>
        {figureWords(trial.value, trial.reason)}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {trial.epoch} / {trial.epochs}
      </Table.Td>
      {search.space.map(({ name }) => (
        <Table.Td key={name} ta="right" className="tabular">
          {formatArgument(trial.parameters[name])}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
