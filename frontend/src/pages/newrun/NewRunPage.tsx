import {
  Alert,
  Button,
  Collapse,
  Grid,
  NumberInput,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconServerOff } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useBaseModels, useCheckpoints, useDevices, useRuns, useStartRun } from "@/api/runs";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { formatMegabytes } from "@/lib/format";
import { findBaseModel, type ModelChoice, ModelPicker } from "./ModelPicker";
import { RunSummary } from "./RunSummary";
import { FREEZE_NOW, useVersionFacts, VersionPicker } from "./VersionPicker";
import { type Numbers, startingNumbers, validateNumbers } from "./numbers";

export default function NewRunPage() {
  const [search, setSearch] = useSearchParams();
  const dataset = search.get("dataset") ?? "";
  const version = search.get("version") ?? FREEZE_NOW;
  const change = (name: string, value: string) =>
    setSearch(
      (known) => {
        const next = new URLSearchParams(known);
        if (value) next.set(name, value);
        else next.delete(name);
        if (name === "dataset") next.delete("version");
        return next;
      },
      { replace: true },
    );

  const models = useBaseModels();
  const devices = useDevices();
  const checkpoints = useCheckpoints();
  const earlier = useRuns({ dataset, state: "all", search: "" });
  const facts = useVersionFacts(dataset, version);
  const start = useStartRun();
  const navigate = useNavigate();

  const asked = search.get("checkpoint") ?? "";
  const [model, setModel] = useState<ModelChoice>({
    source: asked ? "checkpoint" : "base",
    family: "yolov8",
    size: "n",
    pretrained: true,
    checkpoint: asked,
  });
  const [name, setName] = useState("");
  const [device, setDevice] = useState<string | null>(null);
  const [typed, setTyped] = useState<Partial<Numbers>>({});
  const [advanced, setAdvanced] = useState(false);

  const found = devices.data?.devices ?? [];
  const chosenDevice = device ?? found.find(({ kind }) => kind === "gpu")?.id ?? found[0]?.id ?? "cpu";
  const onGpu = found.find(({ id }) => id === chosenDevice)?.kind === "gpu";
  const numbers: Numbers = { ...startingNumbers(onGpu), ...typed };
  const faults = validateNumbers(numbers);
  const base = findBaseModel(models.data ?? [], model);
  const startsFrom = model.source === "checkpoint" ? model.checkpoint !== "" : base !== undefined;
  const ready = dataset !== "" && facts.ready && startsFrom && Object.keys(faults).length === 0;

  const submit = () => {
    start.mutate(
      {
        dataset,
        version: version === FREEZE_NOW ? null : Number(version),
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(model.source === "checkpoint"
          ? { checkpoint: Number(model.checkpoint) }
          : { base_model: base?.id }),
        ...numbers,
        device: chosenDevice,
      },
      { onSuccess: (run) => void navigate(`/runs/${run.id}`) },
    );
  };
  const number = (field: keyof Numbers) => ({
    value: numbers[field] ?? "",
    error: faults[field],
    onChange: (value: string | number) =>
      setTyped((known) => ({ ...known, [field]: value === "" ? null : Number(value) })),
  });

  return (
    <Page title="New run" lead="Train a segmentation model on a frozen version of a dataset.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) submit();
        }}
      >
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Stack gap="md">
              {devices.data && !devices.data.worker_online && (
                <Alert
                  color="yellow"
                  variant="light"
                  icon={<IconServerOff size={18} />}
                  title="No worker is online"
                >
                  The run waits in the queue until a worker starts.
                </Alert>
              )}
              <Panel title="What to train on">
                <Stack gap="md">
                  <DatasetSelect
                    label="Dataset"
                    placeholder="Choose a dataset"
                    value={dataset}
                    onChange={(slug) => change("dataset", slug)}
                  />
                  <VersionPicker
                    slug={dataset}
                    value={version}
                    onChange={(choice) => change("version", choice === FREEZE_NOW ? "" : choice)}
                  />
                </Stack>
              </Panel>
              <Panel title="What to start from">
                {models.isPending && <Skeleton height={110} />}
                {models.isError && <ErrorNotice error={models.error} onRetry={() => void models.refetch()} />}
                {models.data && (
                  <ModelPicker
                    models={models.data}
                    checkpoints={checkpoints.items}
                    choice={model}
                    onChange={(changed) => setModel((known) => ({ ...known, ...changed }))}
                  />
                )}
              </Panel>
              <Panel title="How to train">
                <Stack gap="md">
                  <SimpleGrid cols={{ base: 2, sm: 4 }}>
                    <NumberInput
                      label="Epochs"
                      min={1}
                      max={10000}
                      allowDecimal={false}
                      {...number("epochs")}
                    />
                    <NumberInput
                      label="Image size"
                      suffix=" px"
                      min={32}
                      max={4096}
                      step={32}
                      {...number("image_size")}
                    />
                    <NumberInput label="Batch" min={1} max={1024} allowDecimal={false} {...number("batch")} />
                    <NumberInput label="Seed" min={0} allowDecimal={false} {...number("seed")} />
                  </SimpleGrid>
                  <Select
                    label="Device"
                    description={devices.data?.message}
                    allowDeselect={false}
                    value={chosenDevice}
                    onChange={setDevice}
                    data={
                      found.length > 0
                        ? found.map(({ id, name: deviceName, memory_total_mb }) => ({
                            value: id,
                            label: memory_total_mb
                              ? `${deviceName} · ${formatMegabytes(memory_total_mb)}`
                              : deviceName,
                          }))
                        : [{ value: "cpu", label: "Processor" }]
                    }
                  />
                  <UnstyledButton
                    type="button"
                    aria-expanded={advanced}
                    onClick={() => setAdvanced((open) => !open)}
                    w="fit-content"
                  >
                    <Text size="sm" fw={550} style={{ display: "flex", alignItems: "center", gap: 4 }}>
                      {advanced ? <IconChevronDown size={15} /> : <IconChevronRight size={15} />} Advanced
                    </Text>
                  </UnstyledButton>
                  <Collapse expanded={advanced}>
                    <SimpleGrid cols={{ base: 1, sm: 3 }}>
                      <TextInput
                        label="Name"
                        placeholder="Made up from the model and the date"
                        value={name}
                        onChange={(event) => setName(event.currentTarget.value)}
                      />
                      <NumberInput
                        label="Patience"
                        description="Stop after so many epochs without progress"
                        min={0}
                        allowDecimal={false}
                        {...number("patience")}
                      />
                      <NumberInput
                        label="Learning rate"
                        description="Empty: Ultralytics chooses"
                        min={0}
                        max={1}
                        step={0.001}
                        decimalScale={6}
                        {...number("learning_rate")}
                      />
                    </SimpleGrid>
                  </Collapse>
                </Stack>
              </Panel>
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 4 }}>
            <RunSummary
              facts={facts}
              dataset={dataset}
              start={model.source === "checkpoint" ? "an earlier checkpoint" : (base?.id ?? "")}
              numbers={numbers}
              device={chosenDevice}
              deviceName={found.find(({ id }) => id === chosenDevice)?.name ?? "Processor"}
              earlier={earlier.items}
            >
              {start.isError && <ErrorNotice error={start.error} />}
              <Button type="submit" fullWidth loading={start.isPending} disabled={!ready}>
                Start the run
              </Button>
            </RunSummary>
          </Grid.Col>
        </Grid>
      </form>
    </Page>
  );
}
