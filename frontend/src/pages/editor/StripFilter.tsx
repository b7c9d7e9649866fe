import { ActionIcon, Button, Indicator, Popover } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useMembers } from "@/api/datasets";
import { useFacets } from "@/api/images";
import { useTags } from "@/api/tags";
import { useSession } from "@/api/session";
import type { Dataset } from "@/api/types";
import { SearchField } from "@/components/SearchField";
import { plural } from "@/lib/format";
import { useUrlState } from "@/lib/urlState";
import { ImageFilterChoices } from "../dataset/ImageFilterPanel";
import { hasFilters, IMAGES_ADDRESS, NO_FILTERS } from "../dataset/imagesAddress";
import classes from "./strip.module.css";
import { useKeyOf, withKey } from "./use-keys";

type Props = { dataset: Dataset; opened: boolean; onOpened: (opened: boolean) => void };

/** The filters of the images page, at hand in the editor: the same ones, in the same address. */
export function StripFilter({ dataset, opened, onOpened }: Props) {
  const [filters] = useUrlState(IMAGES_ADDRESS);
  const isFiltered = hasFilters(filters);
  const label = isFiltered ? "Filter the images: some are left out" : "Filter the images";
  const key = useKeyOf("image.filter");
  return (
    <Popover
      opened={opened}
      onChange={onOpened}
      position="top-start"
      shadow="md"
      width={260}
      trapFocus
      withArrow
    >
      <Indicator disabled={!isFiltered} size={8} offset={4}>
        <Popover.Target>
          <ActionIcon
            variant={isFiltered ? "light" : "subtle"}
            color={isFiltered ? undefined : "gray"}
            size={32}
            title={withKey(label, key)}
            aria-label={label}
            onClick={() => onOpened(!opened)}
          >
            <IconFilter size={18} stroke={1.7} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown className={classes.filter} aria-label={label}>
        <FilterForm dataset={dataset} />
      </Popover.Dropdown>
    </Popover>
  );
}

function FilterForm({ dataset }: { dataset: Dataset }) {
  const [filters, setAddress] = useUrlState(IMAGES_ADDRESS);
  const facets = useFacets(dataset.slug, filters);
  const tags = useTags(dataset.slug);
  const members = useMembers(dataset.slug);
  const myId = useSession().data?.user?.id;
  return (
    <>
      <SearchField
        value={filters.search}
        label="Find by file name"
        width="100%"
        onChange={(search) => setAddress({ search })}
      />
      <div className={classes.choices}>
        <ImageFilterChoices
          slug={dataset.slug}
          tags={tags.data ?? []}
          filters={filters}
          facets={facets.data}
          classList={dataset.classes}
          members={members.data ?? []}
          myId={myId}
          onChange={setAddress}
        />
      </div>
      <div className={classes.filterEnd}>
        <span className="tabular">{facets.data ? plural(facets.data.total, "image") : ""}</span>
        <Button
          size="compact-sm"
          variant="default"
          disabled={!hasFilters(filters)}
          onClick={() => setAddress(NO_FILTERS)}
        >
          Show all
        </Button>
      </div>
    </>
  );
}
