import { Alert, Code, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlayerPause } from "@tabler/icons-react";
import { isActive } from "@/api/jobs";
import { type RunBatch, useBatches, useEpochs, useRunQueue } from "@/api/runs";
import { useSession } from "@/api/session";
import type { Epoch, Run } from "@/api/types";
import { TellMeButton } from "@/components/shell/RunEnds";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel, Stat, Stats } from "@/components/Page";
import { figureWords } from "@/lib/figures";
import { formatDuration } from "@/lib/format";
import { runPercent } from "../runs/RunRow";
import { placeWords } from "../runs/queue";
import { AttemptTimeline } from "./AttemptTimeline";
import { BatchPanel } from "./BatchPanel";
import { RunConsole } from "./RunConsole";
import { LiveCharts } from "./LiveCharts";
import { useCurrentRun } from "./RunLayout";
import { SampleGallery } from "./SampleGallery";
import { UsedDataPanel } from "./UsedDataPanel";
import classes from "@/components/Page.module.css";

export default function LivePage() {
  const run = useCurrentRun();
  const epochs = useEpochs(run.id);
  const batches = useBatches(run.id);
  const active = isActive(run.state);
  const me = useSession().data?.user?.id;
  return (
    <div className={classes.page}>
      <Stack gap="md">
        {run.state === "failed" && <Failure run={run} />}
        {active && run.is_paused && <Paused run={run} />}
        {run.state === "queued" && <Waiting run={run} />}
        {active && run.created_by?.id === me && <TellMeButton />}
        <Panel>
          <Now run={run} rows={epochs.data ?? []} batch={batches.data.at(-1) ?? null} />
        </Panel>
        {run.state === "running" && <BatchPanel batches={batches.data} />}
        {epochs.isError && <ErrorNotice error={epochs.error} onRetry={() => void epochs.refetch()} />}
        {epochs.isPending ? (
          <Skeleton height={280} />
        ) : (
          epochs.data && epochs.data.length > 0 && <LiveCharts run={run} rows={epochs.data} />
        )}
        {epochs.data?.length === 0 && active && (
          <Panel>
            <Text size="sm" c="dimmed" py="xl" ta="center">
              {run.state === "queued"
                ? "Waiting for a worker. Charts begin with the first epoch."
                : "Charts begin when the first epoch is done."}
            </Text>
          </Panel>
        )}
        <UsedDataPanel runId={run.id} />
        <SampleGallery run={run} />
        <AttemptTimeline run={run} />
        <RunConsole run={run} />
      </Stack>
    </div>
  );
}

function Failure({ run }: { run: Run }) {
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      title="The run failed"
      role="alert"
    >
      <Stack gap="xs">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {run.error || "The engine ended without a reason. The end of its log, below, says more."}
        </Text>
        {run.error_hint && (
          <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {run.error_hint}
          </Code>
        )}
      </Stack>
    </Alert>
  );
}

/** It goes on by itself, so this is no error; but only a person can make room. */
function Paused({ run }: { run: Run }) {
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconPlayerPause size={18} />}
      title="Paused: it goes on by itself"
      role="status"
    >
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {run.progress.message.replace(/^Paused: /, "")}
      </Text>
    </Alert>
  );
}

function Waiting({ run }: { run: Run }) {
  const queue = useRunQueue();
  const place = queue.data?.find((waiting) => waiting.run === run.id);
  if (!place) return null;
  return (
    <Panel>
      <Text size="sm" role="status">
        <b>{placeWords(place)}</b> {place.reason}
      </Text>
    </Panel>
  );
}

function Now({ run, rows, batch }: { run: Run; rows: readonly Epoch[]; batch: RunBatch | null }) {
  const active = isActive(run.state);
  const last = rows.at(-1);
  const canTell = run.state !== "queued" && !run.is_paused && run.epoch < run.epochs;
  const eta = batch?.eta_seconds ?? run.progress.eta_seconds;
  return (
    <Stack gap="md">
      {active && (
        <div>
          <Progress
            size={8}
            value={runPercent(run)}
            aria-label="Progress of the run"
            animated={run.state === "running" && !run.is_paused}
          />
          <Text size="xs" c="dimmed" mt={6} className="tabular">
            {run.progress.message}
          </Text>
        </div>
      )}
      <Stats>
        <Stat label="Epoch" value={`${run.epoch} / ${run.epochs}`} />
        {active ? (
          <Stat label="Left" value={canTell ? formatDuration(eta) : "–"} />
        ) : (
          <Stat label="Duration" value={formatDuration(run.duration_seconds)} />
        )}
        <Stat label="An epoch takes" value={formatDuration(last?.seconds)} />
        <Stat
          label="Best mask mAP50"
          value={figureWords(run.best?.mask.map50, run.best?.reason)}
          hint={run.best?.epoch != null ? `epoch ${run.best.epoch}` : null}
        />
        <Stat label="Best mask mAP50-95" value={figureWords(run.best?.mask.map50_95, run.best?.reason)} />
        <Stat label="Best box mAP50" value={figureWords(run.best?.box.map50, run.best?.reason)} />
      </Stats>
    </Stack>
  );
}
