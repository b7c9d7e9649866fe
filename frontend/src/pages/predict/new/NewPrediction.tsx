import {
  ActionIcon,
  Alert,
  Button,
  Grid,
  Group,
  Progress,
  Select,
  Skeleton,
  Stack,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconServerOff, IconX } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useDevices } from "@/api/runs";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { singleDevices } from "@/lib/devices";
import { formatBytes } from "@/lib/format";
import { sortForPrediction, startWords } from "@/uploads/dropped";
import type { UploadItem } from "@/uploads/queue";
import { uploads } from "@/uploads/uploads";
import { FLOOR } from "./address";
import { usePredictOptions } from "./api";
import { ModelField } from "./ModelField";
import { useChosenModel } from "./use-chosen-model";
import { OptionsPanel } from "./OptionsPanel";
import { type Choice, faultsOfChoice, fieldsOf, needsAudience, optionsOf } from "./request";
import { Fault, SourcePicker } from "./SourcePicker";
import type { useForm } from "./use-form";
import { useStart } from "./use-start";

/** Source, model and options of one prediction, and the button that starts it. */
export function NewPrediction({ form: [address, change] }: { form: ReturnType<typeof useForm> }) {
  const [files, setFiles] = useState<readonly File[]>([]);
  const [device, setDevice] = useState<string | null>(null);
  const [isTried, setTried] = useState(false);
  const { parts } = useMemo(() => sortForPrediction(files), [files]);
  const { model, query: models } = useChosenModel(address);
  const options = usePredictOptions().data ?? [];
  const devices = useDevices();
  const { start, sending, refused, items, cancel } = useStart(() => {
    setFiles([]);
    setTried(false);
  });
  const choice: Choice = {
    address,
    parts: address.source === "files" ? parts : [],
    model,
    options,
    device,
  };
  const found = faultsOfChoice(choice);
  const faults = isTried ? { ...refused.faults, ...found } : refused.faults;
  const submit = () => {
    setTried(true);
    if (Object.keys(found).length === 0)
      void start(fieldsOf(choice), choice.parts, address.source === "files");
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!sending) submit();
      }}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel title="On what">
            <SourcePicker
              address={address}
              faults={faults}
              onChange={change}
              files={files}
              onFiles={setFiles}
            />
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title="With what">
            <Stack gap="md">
              {devices.data && !devices.data.worker_online && (
                <Alert color="yellow" variant="light" icon={<IconServerOff size={18} />}>
                  No worker is online. The prediction waits in the queue until one starts.
                </Alert>
              )}
              {models.isError && <ErrorNotice error={models.error} onRetry={() => void models.refetch()} />}
              {models.isPending && <Skeleton height={76} />}
              {models.data && (
                <ModelField
                  models={models.data}
                  model={model}
                  wanted={address.model}
                  error={faults.model}
                  onChange={(reference) => change({ model: reference, checkpoint: 0 })}
                />
              )}
              <div>
                <ConfidenceSlider
                  value={address.confidence}
                  min={FLOOR}
                  width={160}
                  onSettle={(confidence) => change({ confidence })}
                />
                <Text size="xs" c="dimmed" mt={6}>
                  Where the slider starts: everything from {FLOOR} is kept, so it can be moved afterwards.
                </Text>
              </div>
              {needsAudience(choice) && (
                <DatasetSelect
                  clearable
                  label="Who may see it"
                  description="The members of a dataset; without one only you."
                  placeholder="Only me"
                  value={address.for}
                  onChange={(slug) => change({ for: slug })}
                />
              )}
              <div>
                <OptionsPanel
                  options={optionsOf(choice)}
                  values={address.options}
                  classNames={model?.class_names ?? []}
                  onChange={(values) => change({ options: values })}
                >
                  <Select
                    label="Device"
                    description={devices.data?.message}
                    placeholder="The first that is free"
                    clearable
                    size="xs"
                    value={device}
                    onChange={setDevice}
                    data={singleDevices(devices.data?.devices ?? [])}
                  />
                </OptionsPanel>
                <Fault id="options-fault">{faults.options}</Fault>
              </div>
              {refused.rest && <ErrorNotice error={new Error(refused.rest)} />}
              {sending && sending.total > 0 && <SendingLine {...sending} />}
              {items.map((item) => (
                <ItemLine key={item.id} item={item} />
              ))}
              <Group gap="sm">
                <Button type="submit" loading={sending !== null} flex={1}>
                  {startWords(choice.parts)}
                </Button>
                {sending && (
                  <Button variant="default" onClick={cancel}>
                    Cancel
                  </Button>
                )}
              </Group>
            </Stack>
          </Panel>
        </Grid.Col>
      </Grid>
    </form>
  );
}

function SendingLine({ sent, total }: { sent: number; total: number }) {
  const share = Math.min(1, sent / total);
  return (
    <div>
      <Progress value={100 * share} aria-label="Uploading" />
      <Text size="xs" c="dimmed" mt={4} className="tabular">
        {share < 1 ? `${formatBytes(sent)} of ${formatBytes(total)}` : "The server reads the images"}
      </Text>
    </div>
  );
}

const ITEM_WORDS: Partial<Record<UploadItem["state"], string>> = {
  waiting: "waits",
  paused: "paused",
  stopped: "stopped",
  done: "uploaded",
};

/** An upload by parts: it goes on when the person walks away or the connection breaks. */
function ItemLine({ item }: { item: UploadItem }) {
  const { id, name, state, sent, size, reason } = item;
  const isOpen = state === "sending" || state === "waiting" || state === "paused";
  const ended = state === "refused" || state === "failed";
  return (
    <div>
      <Group gap="xs" wrap="nowrap">
        <Text size="sm" truncate title={name} style={{ flex: 1 }}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {ITEM_WORDS[state] ?? (ended ? "" : `${formatBytes(sent)} of ${formatBytes(size)}`)}
        </Text>
        {(state === "sending" || state === "paused" || state === "failed") && (
          <Tooltip label={state === "sending" ? "Pause" : "Continue"}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`${state === "sending" ? "Pause" : "Continue"} ${name}`}
              onClick={() => (state === "sending" ? uploads.pause(id) : uploads.resume(id))}
            >
              {state === "sending" ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
        {isOpen && (
          <Tooltip label="Cancel">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Cancel ${name}`}
              onClick={() => uploads.cancel(id)}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      {isOpen && (
        <Progress
          size={4}
          mt={4}
          value={size > 0 ? (100 * sent) / size : 0}
          aria-label={`Uploading ${name}`}
        />
      )}
      {ended && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
          {reason}
        </Text>
      )}
    </div>
  );
}
