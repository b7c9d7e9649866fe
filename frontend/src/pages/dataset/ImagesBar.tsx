import { Button, Group, Select, Text } from "@mantine/core";
import { IconClipboardCheck, IconFileExport, IconFilter, IconPencil, IconUpload } from "@tabler/icons-react";
import { Link, useLocation } from "react-router";
import type { Dataset } from "@/api/types";
import { SearchField } from "@/components/SearchField";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import type { ImagesAddress } from "./imagesAddress";
import { NextImageButton } from "./NextImageButton";

type Props = Pick<ImagesAddress, "search" | "ordering"> & {
  dataset: Dataset;
  /** How many images match; undefined while that is not known. */
  total: number | undefined;
  filtersOpen: boolean;
  onFiltersOpen: (open: boolean) => void;
  onChange: (next: Partial<ImagesAddress>) => void;
  onUpload: () => void;
};

/** The filters that images are shown by, for the page Export: there "all" is said, finished ones are usual. */
export function exportOf(address: string): string {
  const params = new URLSearchParams(address);
  params.delete("ordering");
  if (params.size === 0) return "";
  if (!params.has("status")) params.set("status", "all");
  return `?${params.toString()}`;
}

/** Search and order, and the ways to work on. */
export function ImagesBar({ dataset, search, ordering, total, onChange, onUpload, ...filters }: Props) {
  const { slug, counts, role } = dataset;
  const address = useLocation().search;
  return (
    <>
      <Button
        hiddenFrom="sm"
        size="sm"
        variant="default"
        leftSection={<IconFilter size={16} />}
        aria-expanded={filters.filtersOpen}
        onClick={() => filters.onFiltersOpen(!filters.filtersOpen)}
      >
        Filters
      </Button>
      <SearchField
        value={search}
        label="Find by file name"
        width={220}
        onChange={(text) => onChange({ search: text })}
      />
      <Select
        w={160}
        aria-label="Order"
        allowDeselect={false}
        value={ordering}
        onChange={(value) => onChange({ ordering: value === "-updated_at" ? "-updated_at" : "stem" })}
        data={[
          { value: "stem", label: "By name" },
          { value: "-updated_at", label: "Changed last" },
        ]}
      />
      <Text size="sm" c="dimmed" className="tabular" mr="auto">
        {total === undefined ? "" : plural(total, "image")}
      </Text>
      <Group gap="xs">
        {counts.images > 0 && may(role, "export") && (
          <Button
            component={Link}
            to={`/datasets/${slug}/export${exportOf(address)}`}
            variant="default"
            leftSection={<IconFileExport size={16} />}
          >
            Export
          </Button>
        )}
        {may(role, "manage") && (
          <Button variant="default" leftSection={<IconUpload size={16} />} onClick={onUpload}>
            Upload
          </Button>
        )}
        {counts.done > 0 && may(role, "review") && (
          <NextImageButton
            slug={slug}
            purpose="review"
            variant="default"
            leftSection={<IconClipboardCheck size={16} />}
          >
            Review {plural(counts.done, "image")}
          </NextImageButton>
        )}
        {counts.images > 0 && (
          <NextImageButton
            slug={slug}
            purpose="annotate"
            dataset={dataset}
            leftSection={<IconPencil size={16} />}
          >
            Annotate
          </NextImageButton>
        )}
      </Group>
    </>
  );
}
