import { Anchor, Group, Progress, Stack, Text } from "@mantine/core";
import { IconCircleFilled, IconPlayerPauseFilled } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Device, Worker } from "@/api/types";
import { Ago } from "@/components/Ago";
import { Panel } from "@/components/Page";
import { formatMegabytes } from "@/lib/format";
import { workerState } from "./modes";
import { WorkerActions } from "./WorkerActions";

const QUEUE_DUTIES = {
  gpu: "trains, evaluates, predicts and exports",
  cpu: "imports, freezes and makes thumbnails",
} as const;

export function WorkerCard({ worker, mayManage }: { worker: Worker; mayManage: boolean }) {
  const online = worker.state === "online";
  return (
    <Panel>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Text fw={600} truncate title={worker.hostname}>
              {worker.hostname}
            </Text>
            <Text size="xs" c="dimmed">
              {worker.queue} queue: {QUEUE_DUTIES[worker.queue]}
            </Text>
          </div>
          <Group gap={6} wrap="nowrap">
            <StateMark worker={worker} />
            {mayManage && <WorkerActions worker={worker} />}
          </Group>
        </Group>
        <Doing worker={worker} />
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
          <DeviceLines key={device.id} device={device} online={online} />
        ))}
        <Text size="xs" c="dimmed">
          {softwareWords(worker)}
        </Text>
      </Stack>
    </Panel>
  );
}

function softwareWords({ software, pid }: Worker): string {
  return [
    `process ${pid}`,
    software.segloop && `Segloop ${software.segloop}`,
    software.ultralytics && `Ultralytics ${software.ultralytics}`,
    software.torch && `torch ${software.torch}`,
    software.python && `Python ${software.python}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function StateMark({ worker }: { worker: Worker }) {
  const works = worker.state === "online" && worker.mode === "work";
  const StateIcon = worker.mode === "work" ? IconCircleFilled : IconPlayerPauseFilled;
  return (
    <>
      <StateIcon
        size={worker.mode === "work" ? 9 : 13}
        color={works ? "var(--mantine-color-anchor)" : "var(--mantine-color-dimmed)"}
        aria-hidden="true"
      />
      <Text size="sm" fw={500} style={{ whiteSpace: "nowrap" }}>
        {workerState(worker)}
      </Text>
    </>
  );
}

function Doing({ worker: { state, current, heartbeat_at: heartbeat } }: { worker: Worker }) {
  if (current.length > 0) {
    return current.map((job) => (
      <Text key={`${job.kind}-${job.id}`} size="sm" truncate title={job.title}>
        Working on{" "}
        {job.url ? (
          <Anchor component={Link} to={job.url} size="sm">
            {job.title}
          </Anchor>
        ) : (
          job.title
        )}
      </Text>
    ));
  }
  return (
    <Text size="sm">
      {state === "online" ? (
        "Idle"
      ) : (
        <>
          Last heard <Ago time={heartbeat} />
        </>
      )}
    </Text>
  );
}

function DeviceLines({ device, online }: { device: Device; online: boolean }) {
  const { kind, name, memory_total_mb: total, memory_free_mb: free, utilisation_percent: busy } = device;
  if (kind === "cpu") {
    return (
      <Text size="xs" c="dimmed" truncate title={name}>
        {name}
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      <Text size="xs" fw={550} truncate title={name}>
        GPU {device.id}: {name}
      </Text>
      {online && busy !== null && (
        <Meter label="Utilisation" percent={busy} words={`${Math.round(busy)} %`} />
      )}
      {online && total !== null && free !== null && total > 0 && (
        <Meter
          label="GPU memory"
          percent={(100 * (total - free)) / total}
          words={`${formatMegabytes(total - free)} of ${formatMegabytes(total)}`}
        />
      )}
    </Stack>
  );
}

function Meter({ label, percent, words }: { label: string; percent: number; words: string }) {
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap" mb={3}>
        <Text size="xs">{label}</Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {words}
        </Text>
      </Group>
      <Progress size={4} value={percent} aria-label={`${label}: ${words}`} />
    </div>
  );
}
