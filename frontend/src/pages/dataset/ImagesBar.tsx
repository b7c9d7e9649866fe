import { ActionIcon, Button, Group, SegmentedControl, Select, Text, Tooltip } from "@mantine/core";
import {
  IconClipboardCheck,
  IconFileExport,
  IconFilter,
  IconPencil,
  IconUpload,
  IconWand,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import type { Dataset } from "@/api/types";
import { SearchField } from "@/components/SearchField";
import { formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { predictAddress } from "../predict/new/address";
import { type GridAddress, type ImagesAddress, ORDERING_WORDS, ORDERINGS, TILES } from "./imagesAddress";
import { NextImageButton } from "./NextImageButton";

type Props = Pick<ImagesAddress, "search" | "ordering"> & {
  dataset: Dataset;
  /** How many images match; undefined while that is not known. */
  total: number | undefined;
  /** At least so many match. */
  isMore: boolean;
  tile: GridAddress["tile"];
  onTile: (tile: GridAddress["tile"]) => void;
  views: ReactNode;
  filtersOpen: boolean;
  onFiltersOpen: (open: boolean) => void;
  onChange: (next: Partial<ImagesAddress>) => void;
  onUpload: () => void;
};

/** The filters that images are shown by, for the page Export: there "all" is said, finished ones are usual. */
export function exportOf(address: string): string {
  const params = new URLSearchParams(address);
  for (const name of ["ordering", "tile", "similar"]) params.delete(name);
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
        width={180}
        onChange={(text) => onChange({ search: text })}
      />
      <Select
        w={156}
        aria-label="Order"
        allowDeselect={false}
        maxDropdownHeight={360}
        value={ordering}
        onChange={(value) => onChange({ ordering: ORDERINGS.find((each) => each === value) ?? "stem" })}
        data={ORDERINGS.map((value) => ({ value, label: ORDERING_WORDS[value] }))}
      />
      <SegmentedControl
        size="xs"
        visibleFrom="sm"
        aria-label="Size of the tiles"
        value={filters.tile}
        onChange={(value) => filters.onTile(TILES.find((each) => each === value) ?? "medium")}
        data={[
          { value: "compact", label: "S" },
          { value: "medium", label: "M" },
          { value: "large", label: "L" },
        ]}
      />
      {filters.views}
      <Text size="sm" c="dimmed" className="tabular" mr="auto">
        {total === undefined ? "" : filters.isMore ? `${formatCount(total)}+ images` : plural(total, "image")}
      </Text>
      <Group gap="xs">
        {counts.images > 0 && (
          <Tooltip label="Predict on these">
            <ActionIcon
              component={Link}
              to={predictAddress(slug, address)}
              variant="default"
              size={36}
              aria-label="Predict on these"
            >
              <IconWand size={16} />
            </ActionIcon>
          </Tooltip>
        )}
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
