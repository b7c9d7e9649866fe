import {
  Alert,
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconFolderOff } from "@tabler/icons-react";
import { useId, useState } from "react";
import { Link } from "react-router";
import { useVersions } from "@/api/jobs";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ServerFolderList } from "@/pages/dataset/ServerFolderList";
import { plural } from "@/lib/format";
import { MOST_SECONDS, type PredictAddress, type SourceKind, SOURCES } from "./address";
import { usePredictFolder } from "./api";
import { DatasetSource } from "./DatasetSource";
import { FileSource } from "./FileSource";
import type { Faults } from "./request";

const SOURCE_WORDS: Record<SourceKind, string> = {
  files: "Upload",
  url: "URL",
  server: "Server folder",
  dataset: "Dataset",
  version: "Version",
  stream: "Live stream",
};
const CHOICES = SOURCES.map((value) => ({ value, label: SOURCE_WORDS[value] }));

type SourceProps = {
  address: PredictAddress;
  faults: Faults;
  onChange: (change: Partial<PredictAddress>) => void;
};

/** What is predicted on: one kind of source, and its fields. */
export function SourcePicker({
  files,
  onFiles,
  ...props
}: SourceProps & { files: readonly File[]; onFiles: (files: readonly File[]) => void }) {
  const { address, onChange } = props;
  const choose = (value: string | null) =>
    onChange({ source: SOURCES.find((source) => source === value) ?? "files" });
  return (
    <Stack gap="md">
      <SegmentedControl
        visibleFrom="sm"
        aria-label="Source"
        value={address.source}
        onChange={choose}
        data={CHOICES}
        fullWidth
      />
      <Select
        hiddenFrom="sm"
        label="Source"
        allowDeselect={false}
        value={address.source}
        onChange={choose}
        data={CHOICES}
      />
      <Fields files={files} onFiles={onFiles} {...props} />
    </Stack>
  );
}

function Fields(props: SourceProps & { files: readonly File[]; onFiles: (files: readonly File[]) => void }) {
  switch (props.address.source) {
    case "files":
      return <FileSource files={props.files} fault={props.faults.files} onFiles={props.onFiles} />;
    case "url":
      return <UrlSource {...props} />;
    case "server":
      return <ServerSource {...props} />;
    case "dataset":
      return <DatasetSource {...props} />;
    case "version":
      return <VersionSource {...props} />;
    case "stream":
      return <StreamSource {...props} />;
  }
}

function AddressField({
  onChange,
  ...field
}: {
  label: string;
  description: string;
  placeholder: string;
  error: string | undefined;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <TextInput
      {...field}
      inputMode="url"
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function UrlSource({ address, faults, onChange }: SourceProps) {
  return (
    <AddressField
      label="URL of an image, an archive or a video"
      description="The server downloads it; you can close this page."
      placeholder="https://example.org/images.zip"
      value={address.url}
      error={faults.url}
      onChange={(url) => onChange({ url })}
    />
  );
}

function StreamSource({ address, faults, onChange }: SourceProps) {
  return (
    <Group align="flex-start" gap="md">
      <div style={{ flex: "1 1 260px" }}>
        <AddressField
          label="Address of the stream"
          description="RTSP of a camera, or HTTP. The server records it, then predicts on the frames."
          placeholder="rtsp://camera.local/stream1"
          value={address.stream}
          error={faults.stream}
          onChange={(stream) => onChange({ stream })}
        />
      </div>
      <NumberInput
        w={150}
        label="Record for"
        description="Seconds"
        suffix=" s"
        min={1}
        max={MOST_SECONDS}
        allowDecimal={false}
        error={faults.seconds}
        value={address.seconds}
        onChange={(seconds) => typeof seconds === "number" && seconds >= 1 && onChange({ seconds })}
      />
    </Group>
  );
}

function ServerSource({ address, faults, onChange }: SourceProps) {
  const [path, setPath] = useState(address.folder);
  const folder = usePredictFolder(path);
  const open = (next: string) => {
    setPath(next);
    onChange({ folder: next });
  };
  if (folder.isPending) return <Skeleton height={220} />;
  if (folder.isError) return <ErrorNotice error={folder.error} onRetry={() => open("")} />;
  if (!folder.data.is_allowed)
    return (
      <Alert
        variant="light"
        color="gray"
        icon={<IconFolderOff size={18} />}
        title="No folder of the server is open"
      >
        An administrator names folders in SEGLOOP_IMPORT_ROOTS; then they are listed here.
      </Alert>
    );
  return (
    <Stack gap="xs">
      <ServerFolderList
        folder={folder.data}
        fileWords="Predict on this file"
        emptyWords="No folders, archives or videos in here: predict on the images of this folder."
        chosen={address.folder}
        onOpen={open}
        onChoose={(file) => onChange({ folder: file })}
      />
      {address.folder && (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          Predict on <b>{address.folder}</b>
        </Text>
      )}
      <Fault id="folder-fault">{faults.folder}</Fault>
    </Stack>
  );
}

function VersionSource({ address, faults, onChange }: SourceProps) {
  const label = useId();
  const versions = useVersions(address.dataset);
  const ready = versions.items.filter(({ state }) => state === "finished");
  return (
    <Stack gap="md">
      <DatasetSelect
        label="Dataset"
        placeholder="Choose a dataset"
        value={address.dataset}
        onChange={(dataset) => onChange({ dataset, version: 0 })}
      />
      {address.dataset && (
        <Select
          label="Version"
          searchable
          allowDeselect={false}
          placeholder={
            versions.isSuccess && ready.length === 0 ? "No version is frozen yet" : "Choose a version"
          }
          disabled={versions.isSuccess && ready.length === 0}
          value={address.version > 0 ? String(address.version) : null}
          error={faults.version}
          onChange={(id) => onChange({ version: Number(id) })}
          data={ready.map(({ id, number, name, image_counts }) => ({
            value: String(id),
            label: `Version ${number}${name ? `, ${name}` : ""}: ${plural(image_counts[address.split], "image")} in ${address.split}`,
          }))}
        />
      )}
      {!address.dataset && <Fault id="version-fault">{faults.version}</Fault>}
      {address.dataset && versions.isSuccess && ready.length === 0 && (
        <Button
          component={Link}
          to={`/datasets/${address.dataset}/versions`}
          variant="default"
          size="xs"
          w="fit-content"
        >
          Freeze a version
        </Button>
      )}
      <div>
        <Text size="sm" fw={500} mb={4} id={label}>
          Split
        </Text>
        <SegmentedControl
          aria-labelledby={label}
          value={address.split}
          onChange={(split) => onChange({ split })}
          data={[
            { value: "train", label: "Train" },
            { value: "val", label: "Val" },
            { value: "test", label: "Test" },
          ]}
        />
      </div>
    </Stack>
  );
}

export function Fault({ id, children }: { id: string; children: string | undefined }) {
  if (!children) return null;
  return (
    <Text id={id} role="alert" size="sm" c="var(--mantine-color-error)">
      {children}
    </Text>
  );
}
