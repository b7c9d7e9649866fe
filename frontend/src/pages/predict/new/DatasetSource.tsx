import { Anchor, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useId } from "react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import { useFacets } from "@/api/images";
import { DatasetSelect } from "@/components/DatasetSelect";
import { formatCount, plural } from "@/lib/format";
import { readParams, writeParams } from "@/lib/urlState";
import { EXPORT_ADDRESS, gridFilterWords } from "@/pages/dataset/exportChoice";
import { IMAGES_ADDRESS, STATUS_WORDS, STATUSES } from "@/pages/dataset/imagesAddress";
import { idsIn, type PredictAddress } from "./address";
import type { Faults } from "./request";

/** The images of a dataset that its grid's filters let through, or those that were chosen there. */
export function DatasetSource({
  address,
  faults,
  onChange,
}: {
  address: PredictAddress;
  faults: Faults;
  onChange: (change: Partial<PredictAddress>) => void;
}) {
  const chosen = idsIn(address.images);
  return (
    <Stack gap="md">
      <DatasetSelect
        label="Dataset"
        placeholder="Choose a dataset"
        value={address.dataset}
        error={faults.dataset}
        onChange={(dataset) => onChange({ dataset, filter: "", images: "" })}
      />
      {address.dataset !== "" &&
        (chosen.length > 0 ? (
          <Text size="sm">
            <b>{plural(chosen.length, "image")}</b> chosen in the grid.{" "}
            <Anchor component="button" type="button" size="sm" onClick={() => onChange({ images: "" })}>
              Predict on all instead
            </Anchor>
          </Text>
        ) : (
          <Filters key={address.dataset} slug={address.dataset} filter={address.filter} onChange={onChange} />
        ))}
    </Stack>
  );
}

function Filters({
  slug,
  filter,
  onChange,
}: {
  slug: string;
  filter: string;
  onChange: (change: Partial<PredictAddress>) => void;
}) {
  const label = useId();
  const params = new URLSearchParams(filter);
  const filters = readParams(IMAGES_ADDRESS, params);
  const dataset = useDataset(slug).data;
  const facets = useFacets(slug, filters).data;
  const className = dataset?.classes.find(({ id }) => id === filters.class)?.name;
  const words = gridFilterWords(readParams(EXPORT_ADDRESS, params), className);
  const set = (change: Partial<Pick<typeof filters, "split" | "status">>) =>
    onChange({ filter: writeParams(IMAGES_ADDRESS, params, change).toString() });
  return (
    <>
      <Group gap="md" align="flex-end">
        <div>
          <Text size="sm" fw={500} mb={4} id={label}>
            Split
          </Text>
          <SegmentedControl
            aria-labelledby={label}
            value={filters.split}
            onChange={(split) => set({ split })}
            data={[
              { value: "all", label: "All" },
              { value: "train", label: "Train" },
              { value: "val", label: "Val" },
              { value: "test", label: "Test" },
            ]}
          />
        </div>
        <Select
          label="Status"
          flex="1 1 160px"
          maw={240}
          allowDeselect={false}
          value={filters.status}
          onChange={(status) => set({ status: status as typeof filters.status })}
          data={[
            { value: "all", label: "Every status" },
            ...STATUSES.map((value) => ({ value, label: STATUS_WORDS[value] })),
          ]}
        />
      </Group>
      <Text size="sm" aria-live="polite">
        {facets && (
          <b>{facets.at_least ? `${formatCount(facets.total)}+ images` : plural(facets.total, "image")}</b>
        )}
        {words.length > 0 && `: ${words.join(", ")}`}
        {facets && ". "}
        <Anchor component={Link} to={`/datasets/${slug}${filter ? `?${filter}` : ""}`} size="sm">
          Choose in the grid
        </Anchor>
      </Text>
    </>
  );
}
