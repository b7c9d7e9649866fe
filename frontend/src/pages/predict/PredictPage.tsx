import { Alert, Button, Grid, Progress, Select, Skeleton, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconBox, IconPhotoPlus, IconServerOff } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { invalidate, keys } from "@/api/keys";
import { useCheckpoints } from "@/api/checkpoints";
import { useDevices } from "@/api/runs";
import type { Prediction } from "@/api/types";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { IMAGE_FILES, READ_KINDS } from "@/lib/image-kinds";
import { singleDevices } from "@/lib/devices";
import { figureWords } from "@/lib/figures";
import { formatBytes, plural } from "@/lib/format";
import { numberIn, text, useUrlState } from "@/lib/urlState";
import { postForm } from "@/uploads/transfer";
import { PredictionHistory } from "./PredictionHistory";

const ADDRESS = { checkpoint: text(), confidence: numberIn(0.05, 1, 0.25) };

export default function PredictPage() {
  const [address, setAddress] = useUrlState(ADDRESS);
  const checkpoints = useCheckpoints();
  const devices = useDevices();
  const [device, setDevice] = useState<string | null>(null);
  const [files, setFiles] = useState<File[]>([]);
  const [sent, setSent] = useState(0);
  const client = useQueryClient();
  const navigate = useNavigate();
  const best = checkpoints.items.find(({ kind }) => kind === "best") ?? checkpoints.items[0];
  const checkpoint = address.checkpoint || (best ? String(best.id) : "");
  const bytes = files.reduce((sum, { size }) => sum + size, 0);

  const predict = useMutation({
    mutationFn: () => {
      const form = new FormData();
      form.append("checkpoint", checkpoint);
      form.append("confidence", String(address.confidence));
      if (device) form.append("device", device);
      for (const file of files) form.append("files", file, file.name);
      return postForm<Prediction>("/api/predictions/", form, setSent);
    },
    onSuccess: ({ id }) => {
      void invalidate(client, keys.predictions, keys.jobs);
      void navigate(`/predict/${id}`);
    },
  });

  if (checkpoints.isSuccess && checkpoints.items.length === 0) {
    return (
      <Page title="Predict">
        <EmptyState
          icon={IconBox}
          title="Nothing to predict with yet"
          action={
            <Button component={Link} to="/runs/new">
              New run
            </Button>
          }
        >
          Train a model first. Its checkpoints can then be tried on any photograph here.
        </EmptyState>
      </Page>
    );
  }

  return (
    <Page title="Predict" lead="Try a checkpoint on photographs that it has never seen.">
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <Dropzone
              accept={IMAGE_FILES}
              inputProps={{ "aria-label": "Images to predict on" }}
              loading={predict.isPending}
              onDrop={(dropped) => setFiles((known) => [...known, ...dropped])}
              aria-label="Drop images or a folder here, or press Enter to choose"
            >
              <Stack align="center" gap={6} py={40} ta="center">
                <IconPhotoPlus size={30} stroke={1.4} aria-hidden="true" />
                <Text fw={550}>Drop images or a folder here, or click to choose</Text>
                <Text size="sm" c="dimmed">
                  {READ_KINDS}. They are kept with the prediction and do not join a dataset.
                </Text>
              </Stack>
            </Dropzone>
            {files.length > 0 && <Chosen files={files} onClear={() => setFiles([])} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Panel title="With what">
            <Stack gap="md">
              {devices.data && !devices.data.worker_online && (
                <Alert color="yellow" variant="light" icon={<IconServerOff size={18} />}>
                  No worker is online. The prediction waits in the queue until one starts.
                </Alert>
              )}
              {checkpoints.isError && (
                <ErrorNotice error={checkpoints.error} onRetry={() => void checkpoints.refetch()} />
              )}
              {checkpoints.isPending ? (
                <Skeleton height={60} />
              ) : (
                <Select
                  label="Checkpoint"
                  searchable
                  allowDeselect={false}
                  value={checkpoint || null}
                  onChange={(value) => setAddress({ checkpoint: value ?? "" })}
                  data={checkpoints.items.map((item) => ({
                    value: String(item.id),
                    label: `${item.run_name} · ${item.kind}.pt · mask mAP50 ${figureWords(item.mask.map50, item.reason)}`,
                  }))}
                />
              )}
              <div>
                <ConfidenceSlider
                  value={address.confidence}
                  min={0.05}
                  onSettle={(confidence) => setAddress({ confidence })}
                />
                <Text size="xs" c="dimmed" mt={6}>
                  Only where the slider starts: everything from 0.05 is kept, so it can be moved afterwards.
                </Text>
              </div>
              <Select
                label="Device"
                description={devices.data?.message}
                placeholder="The first that is free"
                clearable
                value={device}
                onChange={setDevice}
                data={singleDevices(devices.data?.devices ?? [])}
              />
              {predict.isError && <ErrorNotice error={predict.error} />}
              {predict.isPending && (
                <Progress
                  value={bytes > 0 ? Math.min(100, (100 * sent) / bytes) : 0}
                  aria-label="Uploading"
                />
              )}
              <Button
                loading={predict.isPending}
                disabled={files.length === 0 || !checkpoint}
                onClick={() => predict.mutate()}
              >
                {files.length > 0 ? `Predict on ${plural(files.length, "image")}` : "Predict"}
              </Button>
            </Stack>
          </Panel>
        </Grid.Col>
        <Grid.Col span={12}>
          <PredictionHistory />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Chosen({ files, onClear }: { files: readonly File[]; onClear: () => void }) {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const names = files.slice(0, 6).map(({ name }) => name);
  return (
    <div style={{ display: "flex", gap: 12, alignItems: "baseline" }}>
      <Text size="sm" style={{ flex: 1, overflowWrap: "anywhere" }}>
        <b>
          {plural(files.length, "image")}, {formatBytes(bytes)}:
        </b>{" "}
        {names.join(", ")}
        {files.length > names.length ? ` and ${files.length - names.length} more` : ""}
      </Text>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
        Remove all
      </Button>
    </div>
  );
}
