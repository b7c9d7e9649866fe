import { Anchor, Badge, Select, Skeleton, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { asProblem } from "@/api/problem";
import { useUpdateRun } from "@/api/runs";
import type { JobItem, QueuedRun } from "@/api/types";
import { useRunQueue } from "@/api/runs";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PRIORITY_WORDS } from "../newrun/HowToTrain";

/** Runs in the order in which they will be taken up, each with the reason why it waits. */
export function WaitingRuns() {
  const queue = useRunQueue();
  if (queue.isError) return <ErrorNotice error={queue.error} onRetry={() => void queue.refetch()} />;
  if (queue.isPending) return <Skeleton height={60} />;
  if (queue.data.length === 0) return <Nothing>No run waits.</Nothing>;
  return (
    <Table miw={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={48} ta="right">
            #
          </Table.Th>
          <Table.Th>Run</Table.Th>
          <Table.Th w={130}>Priority</Table.Th>
          <Table.Th>Why it waits</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {queue.data.map(({ position, run, name, priority, can_move: canMove, reason }) => (
          <Table.Tr key={position}>
            <Table.Td ta="right" c="dimmed">
              {position}
            </Table.Td>
            <Table.Td maw={320}>
              {run === null ? (
                <Text size="sm" c="dimmed">
                  {name}
                </Text>
              ) : (
                <Anchor component={Link} to={`/runs/${run}`} size="sm" truncate display="block" title={name}>
                  {name}
                </Anchor>
              )}
            </Table.Td>
            <Table.Td>
              {canMove && run !== null ? (
                <PrioritySelect run={run} name={name} priority={priority} />
              ) : (
                <Badge variant={priority === "high" ? "light" : "default"} tt="none" fw={550}>
                  {PRIORITY_WORDS[priority]}
                </Badge>
              )}
            </Table.Td>
            <Table.Td>
              <Text size="sm">{reason}</Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const PRIORITIES: readonly QueuedRun["priority"][] = ["high", "normal", "low"];

/** Moves a run in the queue. */
function PrioritySelect({
  run,
  name,
  priority,
}: {
  run: number;
  name: string;
  priority: QueuedRun["priority"];
}) {
  const update = useUpdateRun(run);
  return (
    <Select
      size="xs"
      w={110}
      aria-label={`Priority of ${name}`}
      allowDeselect={false}
      disabled={update.isPending}
      value={priority}
      error={update.isError ? asProblem(update.error).message : undefined}
      onChange={(value) => {
        const chosen = PRIORITIES.find((item) => item === value);
        if (chosen && chosen !== priority) update.mutate({ priority: chosen });
      }}
      data={PRIORITIES.map((value) => ({ value, label: PRIORITY_WORDS[value] }))}
    />
  );
}

/** Everything else that waits: imports, evaluations, predictions, exports. */
export function WaitingJobs({ items }: { items: readonly JobItem[] }) {
  if (items.length === 0) return <Nothing>Nothing else waits.</Nothing>;
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>What</Table.Th>
          <Table.Th w={160}>Since</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((item) => (
          <Table.Tr key={`${item.kind}-${item.id}`}>
            <Table.Td maw={420}>
              {item.url ? (
                <Anchor component={Link} to={item.url} size="sm" truncate display="block" title={item.title}>
                  {item.title}
                </Anchor>
              ) : (
                <Text size="sm" c="dimmed">
                  {item.title}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <Ago time={item.created_at} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Nothing({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" p="md">
      {children}
    </Text>
  );
}
