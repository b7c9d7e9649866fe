import { Button, Group, Select, Skeleton, Tabs } from "@mantine/core";
import { IconBox, IconBroadcast, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useCheckpoints, useTags } from "@/api/checkpoints";
import { DatasetSelect } from "@/components/DatasetSelect";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { flag, numberIn, oneOf, text, useUrlState } from "@/lib/urlState";
import { CheckpointPanel } from "./CheckpointPanel";
import { CheckpointTable } from "./CheckpointTable";
import { CompareDialog } from "./CompareDialog";
import { UploadModelDialog } from "./UploadModelDialog";
import { UploadWeightsDialog } from "./weights/UploadWeightsDialog";
import { WeightsPart } from "./weights/WeightsPart";
import { parseIds } from "./words";

const PARTS = ["checkpoints", "weights"] as const;
const ADDRESS = {
  part: oneOf(PARTS, "checkpoints"),
  dataset: text(),
  tag: text(),
  search: text(),
  checkpoint: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  selected: text(),
  compare: flag(),
};

export default function ModelsPage() {
  const [address, setAddress] = useUrlState(ADDRESS);
  const isWeights = address.part === "weights";
  const parts = (
    <Tabs
      mb="md"
      value={address.part}
      onChange={(part) => setAddress({ part: PARTS.find((each) => each === part) ?? "checkpoints" })}
    >
      <Tabs.List aria-label="Kinds of models">
        <Tabs.Tab value="checkpoints">Checkpoints</Tabs.Tab>
        <Tabs.Tab value="weights">Weights</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
  return isWeights ? <Weights parts={parts} /> : <Checkpoints parts={parts} />;
}

function Weights({ parts }: { parts: React.ReactNode }) {
  const [uploading, setUploading] = useState(false);
  return (
    <Page
      title="Models"
      lead="Models that no run of this server left: they predict at once, and need no run."
      actions={
        <Button leftSection={<IconUpload size={16} />} onClick={() => setUploading(true)}>
          Upload weights …
        </Button>
      }
    >
      {parts}
      <WeightsPart onUpload={() => setUploading(true)} />
      {uploading && <UploadWeightsDialog onClose={() => setUploading(false)} />}
    </Page>
  );
}

function Checkpoints({ parts }: { parts: React.ReactNode }) {
  const [address, setAddress] = useUrlState(ADDRESS);
  const { dataset, tag, search } = address;
  const checkpoints = useCheckpoints({ dataset, tag, search });
  const tags = useTags();
  const [uploading, setUploading] = useState(false);
  const selected = parseIds(address.selected);
  const isFiltered = dataset !== "" || tag !== "" || search !== "";
  const nothing = checkpoints.isSuccess && checkpoints.items.length === 0;
  const upload = (
    <Button variant="default" leftSection={<IconUpload size={16} />} onClick={() => setUploading(true)}>
      Upload a model …
    </Button>
  );
  const toggle = (id: number) => {
    const rest = selected.filter((other) => other !== id);
    setAddress({ selected: (rest.length < selected.length ? rest : [...selected, id]).join(",") });
  };
  return (
    <Page
      title="Models"
      lead="Every checkpoint that runs have left or that was brought here."
      actions={
        <>
          {selected.length > 1 && (
            <Button onClick={() => setAddress({ compare: true })}>Compare {selected.length}</Button>
          )}
          <Button
            component={Link}
            to="/models/served"
            variant="default"
            leftSection={<IconBroadcast size={16} />}
          >
            Served models
          </Button>
          {!(nothing && !isFiltered) && upload}
        </>
      }
    >
      {parts}
      {!(nothing && !isFiltered) && (
        <Group mb="md" gap="sm">
          <SearchField
            label="Search runs, base models, notes"
            value={search}
            onChange={(value) => setAddress({ search: value })}
            width={260}
          />
          <DatasetSelect
            w={220}
            clearable
            aria-label="Dataset"
            placeholder="Every dataset"
            value={dataset}
            onChange={(slug) => setAddress({ dataset: slug })}
          />
          <Select
            w={180}
            clearable
            searchable
            aria-label="Tag"
            placeholder="Every tag"
            value={tag || null}
            onChange={(value) => setAddress({ tag: value ?? "" })}
            data={[...new Set([...(tags.data ?? []), ...(tag ? [tag] : [])])]}
            nothingFoundMessage="No tag is called so"
          />
          {selected.length > 0 && (
            <Button variant="subtle" color="gray" size="xs" onClick={() => setAddress({ selected: "" })}>
              {selected.length} selected: clear
            </Button>
          )}
        </Group>
      )}
      {checkpoints.isError && (
        <ErrorNotice error={checkpoints.error} onRetry={() => void checkpoints.refetch()} />
      )}
      {checkpoints.isPending && <Skeleton height={240} />}
      {nothing && <Nothing isFiltered={isFiltered} upload={upload} />}
      {checkpoints.items.length > 0 && (
        <Panel flush>
          <CheckpointTable
            checkpoints={checkpoints.items}
            selected={selected}
            onToggle={toggle}
            onOpen={(id) => setAddress({ checkpoint: id }, { push: true })}
          />
        </Panel>
      )}
      <LoadMore list={checkpoints} />
      {address.checkpoint > 0 && (
        <CheckpointPanel id={address.checkpoint} onClose={() => setAddress({ checkpoint: 0 })} />
      )}
      {address.compare && selected.length > 1 && (
        <CompareDialog ids={selected} onClose={() => setAddress({ compare: false })} />
      )}
      {uploading && <UploadModelDialog dataset={dataset} onClose={() => setUploading(false)} />}
    </Page>
  );
}

function Nothing({ isFiltered, upload }: { isFiltered: boolean; upload: React.ReactNode }) {
  if (isFiltered) return <EmptyState icon={IconBox} title="No checkpoint is like that" />;
  return (
    <EmptyState
      icon={IconBox}
      title="No checkpoints yet"
      action={
        <Group justify="center">
          <Button component={Link} to="/runs/new">
            New run
          </Button>
          {upload}
        </Group>
      }
    >
      A run leaves its best and its last checkpoint here.
    </EmptyState>
  );
}
