import {
  Button,
  Code,
  CopyButton,
  Divider,
  Group,
  List,
  Modal,
  NumberInput,
  Select,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconCopy, IconDownload, IconNotebook } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { type TrainingPlan, useElsewhere } from "@/api/elsewhere";
import { useBaseModels } from "@/api/runs";
import type { Version } from "@/api/types";
import { BringBack } from "@/components/BringBack";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatBytes } from "@/lib/format";
import { baseModelName } from "@/lib/models";

const PLAN: TrainingPlan = { base_model: "yolov8n-seg.pt", epochs: 100, image_size: 640, batch: 16 };

/** Training on a borrowed GPU: the version out, one command or a notebook, the run folder back. */
export function ElsewhereDialog({
  version,
  mayManage,
  onClose,
}: {
  version: Version;
  mayManage: boolean;
  onClose: () => void;
}) {
  const [plan, setPlan] = useState(PLAN);
  const [settled] = useDebouncedValue(plan, 250);
  const told = useElsewhere(version.id, settled);
  const models = useBaseModels();
  const archive = told.data?.archive_url;
  return (
    <Modal opened onClose={onClose} title={`Train version ${version.number} elsewhere`} size="xl">
      <Stack gap="md">
        <Text size="sm">
          No GPU here? Borrow one: take the version along, train with plain Ultralytics, bring the run folder
          back. It becomes a run like any other, with its curves, checkpoints and evaluation.
        </Text>
        <Step number={1} title="What to train">
          <Group gap="sm" align="flex-end">
            <Select
              label="Base model"
              w={220}
              searchable
              allowDeselect={false}
              value={plan.base_model}
              onChange={(value) => setPlan({ ...plan, base_model: value ?? PLAN.base_model })}
              data={(models.data ?? []).map(({ id }) => ({ value: id, label: baseModelName(id) }))}
            />
            <PlanNumber
              label="Epochs"
              max={10_000}
              value={plan.epochs}
              onChange={(epochs) => setPlan({ ...plan, epochs })}
            />
            <PlanNumber
              label="Image size"
              min={32}
              max={4096}
              step={32}
              value={plan.image_size}
              onChange={(size) => setPlan({ ...plan, image_size: size })}
            />
            <PlanNumber
              label="Batch"
              max={1024}
              value={plan.batch}
              onChange={(batch) => setPlan({ ...plan, batch })}
            />
          </Group>
        </Step>
        <Divider />
        <Step number={2} title="Take it along">
          {told.isError && <ErrorNotice error={told.error} onRetry={() => void told.refetch()} />}
          {told.isPending && <Skeleton height={36} width={320} />}
          {told.data && (
            <>
              <Group gap="sm">
                <Button component="a" href={archive} download leftSection={<IconDownload size={16} />}>
                  Download {told.data.folder}.zip, {formatBytes(told.data.size_bytes)}
                </Button>
                <Button
                  component="a"
                  href={told.data.notebook_url}
                  download
                  variant="default"
                  leftSection={<IconNotebook size={16} />}
                >
                  The notebook alone
                </Button>
              </Group>
              <List size="sm" spacing={4}>
                <List.Item>
                  In Colab or Kaggle: open the notebook with a GPU, add the archive, run all cells.
                </List.Item>
                <List.Item>
                  On a machine of your own: unpack it, and in the folder {told.data.folder}:
                </List.Item>
              </List>
              <Command text={`pip install ultralytics==${told.data.ultralytics}`} />
              <Command text={told.data.command} />
            </>
          )}
        </Step>
        {mayManage && (
          <>
            <Divider />
            <Step number={3} title="Bring the run back">
              <Text size="sm">
                Pack the folder that Ultralytics wrote, such as runs/segment/train. The notebook does that by
                itself.
              </Text>
              <BringBack slug={version.dataset} version={version} />
            </Step>
          </>
        )}
      </Stack>
    </Modal>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <Stack gap="sm">
      <Title order={3} fz="sm">
        {number}. {title}
      </Title>
      {children}
    </Stack>
  );
}

function PlanNumber({
  label,
  value,
  onChange,
  min = 1,
  max,
  step = 1,
}: {
  label: string;
  value: number;
  onChange: (value: number) => void;
  min?: number;
  max: number;
  step?: number;
}) {
  return (
    <NumberInput
      label={label}
      w={110}
      min={min}
      max={max}
      step={step}
      allowDecimal={false}
      value={value}
      onChange={(next) => typeof next === "number" && next >= min && onChange(next)}
    />
  );
}

function Command({ text }: { text: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Code block style={{ flex: 1, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button
            size="xs"
            variant="default"
            onClick={copy}
            leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          >
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
