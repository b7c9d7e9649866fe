import { Button, Group, Skeleton } from "@mantine/core";
import { IconPhoto, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useDatasets } from "@/api/datasets";
import { useLatestRuns } from "@/api/runs";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { text, useUrlState } from "@/lib/urlState";
import { DatasetCard } from "./DatasetCard";
import { NewDatasetDialog } from "./NewDatasetDialog";
import { SampleDialog } from "./SampleDialog";
import classes from "./Datasets.module.css";

const ADDRESS = { search: text() };

export default function DatasetsPage() {
  const [{ search }, setAddress] = useUrlState(ADDRESS);
  const datasets = useDatasets(search);
  const slugs = useMemo(() => datasets.items.map(({ slug }) => slug), [datasets.items]);
  const latest = useLatestRuns(slugs);
  const runOf = useMemo(() => new Map(latest.data?.map((run) => [run.dataset, run])), [latest.data]);
  const [dialog, setDialog] = useState<"new" | "sample" | null>(null);

  const create = (
    <Group gap="xs">
      <Button variant="default" onClick={() => setDialog("sample")}>
        Create sample dataset
      </Button>
      <Button leftSection={<IconPlus size={16} />} onClick={() => setDialog("new")}>
        New dataset
      </Button>
    </Group>
  );
  const trash = (
    <Button
      component={Link}
      to="/trash"
      variant="subtle"
      color="gray"
      size="sm"
      leftSection={<IconTrash size={16} />}
    >
      Trash
    </Button>
  );
  const nothing = datasets.isSuccess && datasets.items.length === 0;

  return (
    <Page title="Datasets" actions={nothing && !search ? trash : create}>
      {!(nothing && !search) && (
        <Group mb="md" justify="space-between">
          <SearchField
            value={search}
            label="Find by name"
            onChange={(value) => setAddress({ search: value })}
          />
          {trash}
        </Group>
      )}
      {datasets.isError && <ErrorNotice error={datasets.error} onRetry={() => void datasets.refetch()} />}
      {datasets.isPending && (
        <div className={classes.grid} aria-label="Loading">
          {Array.from({ length: 6 }, (_, i) => (
            <Skeleton key={i} height={300} radius={12} />
          ))}
        </div>
      )}
      {nothing &&
        (search ? (
          <EmptyState icon={IconPhoto} title={`No dataset is called “${search}”`}>
            Search for a shorter part of the name.
          </EmptyState>
        ) : (
          <EmptyState icon={IconPhoto} title="Start with a dataset" action={create}>
            A dataset holds photographs, classes and the polygons drawn on them. Make one and drop your images
            or an existing YOLO folder (.zip) into it, or let Segloop draw a sample pond to try everything
            out.
          </EmptyState>
        ))}
      <div className={classes.grid}>
        {datasets.items.map((dataset) => (
          <DatasetCard key={dataset.id} dataset={dataset} latest={runOf.get(dataset.slug)} />
        ))}
      </div>
      <LoadMore list={datasets} />
      <NewDatasetDialog opened={dialog === "new"} onClose={() => setDialog(null)} />
      <SampleDialog opened={dialog === "sample"} onClose={() => setDialog(null)} />
    </Page>
  );
}
