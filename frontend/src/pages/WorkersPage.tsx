import { Anchor, Group, Progress, SimpleGrid, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconCircleFilled, IconServerOff } from "@tabler/icons-react";
import { Link } from "react-router";
import { isActive, useWorkers } from "@/api/jobs";
import type { Device, JobItem, Worker } from "@/api/types";
import { Ago } from "@/components/Ago";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatMegabytes } from "@/lib/format";

const QUEUE_DUTIES = {
  gpu: "trains, evaluates and predicts",
  cpu: "imports, freezes and makes thumbnails",
} as const;

export default function WorkersPage() {
  const query = useWorkers();
  const workers = query.data?.workers ?? [];
  return (
    <Page title="Workers" lead="Who does the work, what runs where, and what waits.">
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Skeleton height={190} />
          <Skeleton height={190} />
        </SimpleGrid>
      )}
      {query.data && (
        <Stack gap="lg">
          {workers.length === 0 ? (
            <EmptyState icon={IconServerOff} title="No worker has ever reported">
              `make run` starts one for each queue. On another machine start a worker with the same Redis,
              database and data folder.
            </EmptyState>
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
              {workers.map((worker) => (
                <WorkerCard key={worker.id} worker={worker} />
              ))}
            </SimpleGrid>
          )}
          <Panel title="Waiting, in order" flush>
            <Queue items={query.data.queue} />
          </Panel>
        </Stack>
      )}
    </Page>
  );
}

function WorkerCard({ worker }: { worker: Worker }) {
  const online = worker.state === "online";
  const { software, current } = worker;
  return (
    <Panel>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Text fw={600} truncate title={worker.hostname}>
              {worker.hostname}
            </Text>
            <Text size="xs" c="dimmed">
              {worker.queue} queue: {QUEUE_DUTIES[worker.queue]}
            </Text>
          </div>
          <Group gap={6} wrap="nowrap">
            <IconCircleFilled
              size={9}
              color={online ? "var(--mantine-color-anchor)" : "var(--mantine-color-dimmed)"}
              aria-hidden="true"
            />
            <Text size="sm" fw={500}>
              {online ? "Online" : "Offline"}
            </Text>
          </Group>
        </Group>
        <Text size="sm">
          {current ? (
            <>
              Working on{" "}
              <Anchor component={Link} to={current.url} size="sm">
                {current.title}
              </Anchor>
            </>
          ) : online ? (
            "Idle"
          ) : (
            <>
              Last heard <Ago time={worker.heartbeat_at} />
            </>
          )}
        </Text>
        {online && (
          <>
            <Meter
              label="Processor"
              percent={worker.cpu_percent}
              words={`${Math.round(worker.cpu_percent)} %`}
            />
            <Meter
              label="Memory"
              percent={
                worker.memory_total_mb > 0 ? (100 * worker.memory_used_mb) / worker.memory_total_mb : 0
              }
              words={`${formatMegabytes(worker.memory_used_mb)} of ${formatMegabytes(worker.memory_total_mb)}`}
            />
          </>
        )}
        {worker.devices.map((device) => (
          <DeviceLine key={device.id} device={device} />
        ))}
        <Text size="xs" c="dimmed">
          {[
            software.segloop && `Segloop ${software.segloop}`,
            software.ultralytics && `Ultralytics ${software.ultralytics}`,
            software.torch && `torch ${software.torch}`,
            software.python && `Python ${software.python}`,
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </Stack>
    </Panel>
  );
}

function DeviceLine({ device }: { device: Device }) {
  const { memory_total_mb: total, memory_free_mb: free } = device;
  if (device.kind === "gpu" && total !== null && free !== null && total > 0) {
    return (
      <Meter
        label={`GPU ${device.id}: ${device.name}`}
        percent={(100 * (total - free)) / total}
        words={`${formatMegabytes(total - free)} of ${formatMegabytes(total)}`}
      />
    );
  }
  return (
    <Text size="sm" c="dimmed">
      {device.name}
    </Text>
  );
}

function Meter({ label, percent, words }: { label: string; percent: number; words: string }) {
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap" mb={3}>
        <Text size="xs" truncate title={label}>
          {label}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {words}
        </Text>
      </Group>
      <Progress size={4} value={percent} aria-label={`${label}: ${words}`} />
    </div>
  );
}

function Queue({ items }: { items: readonly JobItem[] }) {
  if (items.length === 0) {
    return (
      <Text size="sm" c="dimmed" p="md">
        Nothing waits.
      </Text>
    );
  }
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={48} ta="right">
            #
          </Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th w={130}>State</Table.Th>
          <Table.Th w={300}>Progress</Table.Th>
          <Table.Th>Since</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((item, i) => (
          <Table.Tr key={`${item.kind}-${item.id}`}>
            <Table.Td ta="right" c="dimmed">
              {i + 1}
            </Table.Td>
            <Table.Td maw={360}>
              <Anchor component={Link} to={item.url} size="sm" truncate display="block" title={item.title}>
                {item.title}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <StateBadge state={item.state} />
            </Table.Td>
            <Table.Td>
              {isActive(item.state) && item.state !== "queued" && (
                <ProgressLine compact progress={item.progress} label={item.title} />
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
