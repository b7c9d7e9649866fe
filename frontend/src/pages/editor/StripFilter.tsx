import { Button, Group, Indicator, Popover, ScrollArea, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMembers } from "@/api/datasets";
import { type ImageFilters, useFacets } from "@/api/images";
import { useSession } from "@/api/session";
import { SearchField } from "@/components/SearchField";
import { plural } from "@/lib/format";
import { useUrlState } from "@/lib/urlState";
import { FilterChoices } from "@/pages/dataset/ImageFilterPanel";
import { countFilters, FILTERS_ADDRESS, NO_FILTERS } from "@/pages/dataset/imagesAddress";
import classes from "./editor.module.css";
import { datasetQuery } from "./queries";

/** Which images the strip shows: the filters of the images page, without leaving the image. */
export function StripFilter({ slug }: { slug: string }) {
  const [opened, setOpened] = useState(false);
  const [filters, setAddress] = useUrlState(FILTERS_ADDRESS);
  const count = countFilters(filters);
  const label = count === 0 ? "Filter the images" : `Filter the images: ${plural(count, "filter")} set`;
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="top-start"
      width={288}
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Tooltip label={label} position="right" disabled={opened}>
          <UnstyledButton
            className={classes.stripFilter}
            aria-label={label}
            aria-expanded={opened}
            data-set={count > 0}
            onClick={() => setOpened((open) => !open)}
          >
            <Indicator label={count} size={16} disabled={count === 0}>
              <IconFilter size={20} stroke={1.6} />
            </Indicator>
          </UnstyledButton>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label="Filter the images">
        <Filters slug={slug} filters={filters} onChange={setAddress} />
      </Popover.Dropdown>
    </Popover>
  );
}

type FiltersProps = {
  slug: string;
  filters: ImageFilters;
  onChange: (change: Partial<ImageFilters>) => void;
};

function Filters({ slug, filters, onChange }: FiltersProps) {
  const facets = useFacets(slug, filters);
  const members = useMembers(slug);
  const dataset = useQuery(datasetQuery(slug));
  const myId = useSession().data?.user?.id;
  return (
    <>
      <SearchField
        value={filters.search}
        label="Find by file name"
        width="100%"
        onChange={(search) => onChange({ search })}
      />
      <ScrollArea.Autosize mah="min(420px, 50dvh)" type="auto" my="xs">
        <FilterChoices
          filters={filters}
          facets={facets.data}
          classList={dataset.data?.classes ?? []}
          members={members.data ?? []}
          myId={myId}
          onChange={onChange}
        />
      </ScrollArea.Autosize>
      <Group justify="space-between">
        <Text size="xs" c="dimmed" className="tabular" role="status">
          {facets.data ? plural(facets.data.total, "image") : ""}
        </Text>
        <Button
          size="compact-xs"
          variant="subtle"
          disabled={countFilters(filters) === 0}
          onClick={() => onChange(NO_FILTERS)}
        >
          Show all images
        </Button>
      </Group>
    </>
  );
}
