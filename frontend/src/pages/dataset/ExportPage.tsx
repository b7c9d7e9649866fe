import {
  Alert,
  Button,
  Checkbox,
  Group,
  MultiSelect,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
} from "@mantine/core";
import { IconDownload, IconHourglass, IconLock } from "@tabler/icons-react";
import { exportAddress, useExportPreview, useLabelFormats, usePrepareExport } from "@/api/exports";
import { useVersions } from "@/api/jobs";
import type { Dataset, ExportCounts, Split } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { formatBytes, formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import { useUrlState } from "@/lib/urlState";
import { useCurrentDataset } from "./DatasetLayout";
import { ExportLossPanel } from "./ExportLosses";
import {
  choiceOf,
  EXPORT_ADDRESS,
  EXPORT_STATUS_WORDS,
  type ExportAddress,
  gridFilterWords,
  SPLITS,
} from "./exportChoice";
import { NO_GRID_FILTERS } from "./imagesAddress";
import { SPLIT_WORDS } from "./imagesAddress";
import { PreparedExports } from "./PreparedExports";

/** Format, images, splits and classes; what the format cannot hold of them; then the download. */
export default function ExportPage() {
  const dataset = useCurrentDataset();
  if (!may(dataset.role, "export")) {
    return (
      <Page narrow title="Export">
        <EmptyState icon={IconLock} title="Reviewers and team leads export">
          Ask one of them for the images and labels of this dataset.
        </EmptyState>
      </Page>
    );
  }
  return <Exporting dataset={dataset} />;
}

function Exporting({ dataset }: { dataset: Dataset }) {
  const { slug } = dataset;
  const [address, change] = useUrlState(EXPORT_ADDRESS);
  const choice = choiceOf(address);
  const preview = useExportPreview(slug, choice);
  const prepare = usePrepareExport(slug);
  const { counts, losses } = preview;
  const nothing = counts?.images === 0;
  const prepareIt = () =>
    prepare.mutate(choice, {
      onSuccess: () => toast({ message: "It is being prepared. You can leave this page." }),
    });
  return (
    <Page
      narrow
      title="Export"
      lead="A .zip with images and labels, in the format of the tool that is to read it."
    >
      <Stack gap="lg">
        <ChoicePanel dataset={dataset} address={address} onChange={change} />
        <Panel title="What goes out">
          {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
          {preview.isPending && <Skeleton height={72} />}
          {counts && (
            <Stack gap="sm" aria-live="polite">
              <Stats>
                <Stat label="Images" value={formatCount(counts.images)} />
                <Stat label="Objects" value={formatCount(counts.objects)} />
                <Stat label="Size" value={formatBytes(counts.size_bytes)} hint="of the images" />
              </Stats>
              <LeftOut counts={counts} onTakeAll={() => change({ status: "all" })} />
            </Stack>
          )}
        </Panel>
        {counts && losses && !nothing && (
          <ExportLossPanel
            leavesOut={preview.leavesOut}
            counts={counts}
            losses={losses}
            isLooking={preview.isFetching}
            onGoOn={preview.goOn}
          />
        )}
        {prepare.isError && <ErrorNotice error={prepare.error} />}
        <Group gap="sm">
          <Button
            component="a"
            href={exportAddress(slug, choice)}
            download
            leftSection={<IconDownload size={16} />}
            data-disabled={nothing || undefined}
            aria-disabled={nothing}
            onClick={(event) => {
              if (nothing) event.preventDefault();
            }}
          >
            Download {counts ? plural(counts.images, "image") : ""}
          </Button>
          <Button
            variant="default"
            leftSection={<IconHourglass size={16} />}
            disabled={nothing}
            loading={prepare.isPending}
            onClick={prepareIt}
          >
            Prepare it on the server
          </Button>
          <Text size="xs" c="dimmed" style={{ flex: "1 1 240px" }}>
            A download starts at once. For large ones, let the server prepare the file: you are told when it
            is ready, and a download that breaks goes on where it stopped.
          </Text>
        </Group>
        <PreparedExports dataset={dataset} />
      </Stack>
    </Page>
  );
}

type ChoiceProps = {
  dataset: Dataset;
  address: ExportAddress;
  onChange: (change: Partial<ExportAddress>) => void;
};

function ChoicePanel({ dataset, address, onChange }: ChoiceProps) {
  const formats = useLabelFormats();
  const versions = useVersions(dataset.slug);
  const isVersion = address.version > 0;
  const frozen = versions.items.filter(({ state }) => state === "finished");
  const className = dataset.classes.find(({ id }) => id === address.class)?.name;
  const filters = gridFilterWords(address, className);
  return (
    <Panel title="Choose">
      <Stack gap="md">
        {formats.isError && <ErrorNotice error={formats.error} onRetry={() => void formats.refetch()} />}
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
          <Select
            label="Format"
            searchable
            allowDeselect={false}
            value={address.format}
            onChange={(value) => value && onChange({ format: value })}
            data={(formats.data ?? []).map(({ name, title }) => ({ value: name, label: title }))}
          />
          <Select
            label="From"
            allowDeselect={false}
            value={String(address.version)}
            onChange={(value) => onChange({ version: Number(value) })}
            data={[
              { value: "0", label: "The dataset as it is now" },
              ...frozen.map(({ number }) => ({ value: String(number), label: `Version ${number}` })),
            ]}
          />
          <Select
            label="Images"
            description={isVersion ? "A version holds finished images alone." : undefined}
            allowDeselect={false}
            disabled={isVersion}
            value={isVersion ? "done" : address.status}
            onChange={(value) => value && onChange({ status: EXPORT_ADDRESS.status.parse(value) })}
            data={Object.entries(EXPORT_STATUS_WORDS).map(([value, label]) => ({ value, label }))}
          />
          <SplitChecks value={address.split} onChange={(split) => onChange({ split })} />
        </SimpleGrid>
        <MultiSelect
          label="Classes"
          description="Objects of other classes are left out. The order of the classes stays the dataset's."
          placeholder={address.classes.length === 0 ? "All classes" : undefined}
          searchable
          clearable
          hidePickedOptions
          maxDropdownHeight={280}
          nothingFoundMessage="No such class"
          value={address.classes.map(String)}
          onChange={(values) => onChange({ classes: values.map(Number) })}
          data={dataset.classes.map(({ id, name }) => ({ value: String(id), label: name }))}
        />
        {filters.length > 0 && (
          <Group gap="xs" justify="space-between">
            <Text size="sm" style={{ flex: "1 1 220px", overflowWrap: "anywhere" }}>
              Only images as filtered on the page Images: {filters.join(", ")}.
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => onChange(NO_GRID_FILTERS)}>
              Take the filter off
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

/** None ticked is not a choice: the last one stays. All ticked is "all", whatever splits there may be. */
function SplitChecks({ value, onChange }: { value: Split[]; onChange: (splits: Split[]) => void }) {
  const chosen = value.length === 0 ? SPLITS : value;
  return (
    <Checkbox.Group
      label="Splits"
      value={[...chosen]}
      onChange={(values) => {
        const next = SPLITS.filter((split) => values.includes(split));
        if (next.length > 0) onChange(next.length === SPLITS.length ? [] : next);
      }}
    >
      <Group gap="md" mt={8}>
        {SPLITS.map((split) => (
          <Checkbox key={split} value={split} label={SPLIT_WORDS[split]} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

function LeftOut({ counts, onTakeAll }: { counts: ExportCounts; onTakeAll: () => void }) {
  const { left_out_images: images, left_out_objects: objects } = counts;
  return (
    <>
      {images > 0 && (
        <Alert variant="light" color="yellow" p="sm">
          <Group gap="xs" justify="space-between">
            <Text size="sm" style={{ flex: "1 1 240px" }}>
              Left out: {plural(images, "image")} of another status, with {plural(objects, "object")}.
            </Text>
            <Button size="compact-sm" variant="default" onClick={onTakeAll}>
              Take all images
            </Button>
          </Group>
        </Alert>
      )}
      {counts.unfinished_images > 0 && (
        <Text size="sm">
          {plural(counts.unfinished_images, "image")} with {plural(counts.unfinished_objects, "object")}{" "}
          {counts.unfinished_images === 1 ? "is" : "are"} not finished: what is drawn so far goes out, in the
          folder “unlabelled”, where training does not see it.
        </Text>
      )}
      {counts.other_class_objects > 0 && (
        <Text size="sm">
          {plural(counts.other_class_objects, "object")} of other classes{" "}
          {counts.other_class_objects === 1 ? "is" : "are"} left out.
        </Text>
      )}
    </>
  );
}
