import { Button, Collapse, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconAdjustments, IconTag, IconTagOff } from "@tabler/icons-react";
import { useState } from "react";
import { type ImageFilters, useGroups } from "@/api/images";
import type { Tag } from "@/api/tags";
import type { DatasetClass, ImageFacets, Membership } from "@/api/types";
import { Choice, Name, Section } from "./FilterChoice";
import { NO_FILTERS } from "./imagesAddress";

type Props = {
  slug: string;
  filters: ImageFilters;
  onChange: (change: Partial<ImageFilters>) => void;
  classList: readonly DatasetClass[];
  members: readonly Membership[];
  myId: number | undefined;
};

const RARE = [
  ...(["without_class", "group", "edited_by", "finished_by", "min_objects", "max_objects"] as const),
  ...(["min_width", "max_width", "min_height", "max_height", "min_bytes", "max_bytes"] as const),
  ...(["created_since", "created_until", "updated_since", "updated_until"] as const),
];
const KILOBYTE = 1000;

/** How many of the filters that are folded away are set. */
export function countRare(filters: ImageFilters): number {
  return RARE.filter((name) => filters[name] !== NO_FILTERS[name]).length;
}

/** Filters that few need: people, ranges and days; folded away while none is set. */
export function MoreFilters(props: Props) {
  const { filters, onChange, classList, members, myId } = props;
  const set = countRare(filters);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isOpen = wanted ?? set > 0;
  const people = members
    .filter(({ user }) => user.id !== myId)
    .map(({ user }) => ({ value: String(user.id), label: user.display_name || user.username }));
  const anyone = [{ value: "me", label: "Me" }, ...people];
  return (
    <div>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<IconAdjustments size={15} aria-hidden="true" />}
        aria-expanded={isOpen}
        onClick={() => setWanted(!isOpen)}
      >
        {set > 0 ? `More filters (${set})` : "More filters"}
      </Button>
      <Collapse expanded={isOpen}>
        <Stack gap="sm" px={8} pt="xs">
          <Select
            size="xs"
            label="Without objects of"
            placeholder="Any class"
            clearable
            searchable
            data={classList.map(({ id, name }) => ({ value: String(id), label: name }))}
            value={filters.without_class ? String(filters.without_class) : null}
            onChange={(value) => onChange({ without_class: Number(value ?? 0) })}
          />
          <GroupSelect {...props} isOpen={isOpen} />
          {(["edited_by", "finished_by"] as const).map((name) => (
            <Select
              key={name}
              size="xs"
              label={name === "edited_by" ? "Edited by" : "Finished by"}
              placeholder="Anyone"
              clearable
              searchable
              data={anyone}
              value={filters[name] === "all" ? null : filters[name]}
              onChange={(value) => onChange({ [name]: value ?? "all" })}
            />
          ))}
          <Range label="Objects" of="objects" {...props} />
          <Range label="Width, pixels" of="width" {...props} />
          <Range label="Height, pixels" of="height" {...props} />
          <Range label="File size, kB" of="bytes" scale={KILOBYTE} {...props} />
          <Days label="Added" of="created" {...props} />
          <Days label="Changed" of="updated" {...props} />
        </Stack>
      </Collapse>
    </div>
  );
}

function GroupSelect({ slug, filters, onChange, isOpen }: Props & { isOpen: boolean }) {
  const [search, setSearch] = useState("");
  const groups = useGroups(slug, search === filters.group ? "" : search, isOpen);
  const found = (groups.data ?? []).map(({ name }) => name);
  return (
    <Select
      size="xs"
      label="Group"
      placeholder="Any folder or video"
      clearable
      searchable
      data={filters.group && !found.includes(filters.group) ? [filters.group, ...found] : found}
      nothingFoundMessage="No group of this name"
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      value={filters.group || null}
      onChange={(value) => onChange({ group: value ?? "" })}
    />
  );
}

type RangeProps = Pick<Props, "filters" | "onChange"> & { label: string };

/** Two ends, both included; an empty field is an open end. */
function Range({
  label,
  of,
  scale = 1,
  filters,
  onChange,
}: RangeProps & { of: "objects" | "width" | "height" | "bytes"; scale?: number }) {
  const field = (end: "min" | "max", words: string) => {
    const name = `${end}_${of}` as const;
    const value = filters[name];
    return (
      <NumberInput
        key={`${name} ${value}`}
        size="xs"
        aria-label={`${label}: ${words}`}
        placeholder={words}
        min={0}
        allowDecimal={false}
        allowNegative={false}
        hideControls
        style={{ flex: 1 }}
        defaultValue={value < 0 ? "" : Math.round(value / scale)}
        onBlur={(event) => commit(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(event.currentTarget.value);
        }}
      />
    );
    function commit(text: string) {
      const next = text === "" ? -1 : Math.max(0, Math.round(Number(text) * scale));
      if (Number.isFinite(next) && next !== value) onChange({ [name]: next });
    }
  };
  return (
    <div>
      <Text size="xs" fw={500} mb={2}>
        {label}
      </Text>
      <Group gap={6} wrap="nowrap">
        {field("min", "from")}
        {field("max", "to")}
      </Group>
    </div>
  );
}

function Days({ label, of, filters, onChange }: RangeProps & { of: "created" | "updated" }) {
  return (
    <div>
      <Text size="xs" fw={500} mb={2}>
        {label}
      </Text>
      <Stack gap={4}>
        {(["since", "until"] as const).map((end) => (
          <TextInput
            key={end}
            type="date"
            size="xs"
            aria-label={`${label}, ${end === "since" ? "from this day on" : "until this day"}`}
            value={filters[`${of}_${end}`]}
            onChange={(event) => onChange({ [`${of}_${end}`]: event.currentTarget.value })}
          />
        ))}
      </Stack>
    </div>
  );
}

/** Tags of the dataset, and images without any. */
export function TagFilters({
  tags,
  filters,
  facets,
  onChange,
}: Pick<Props, "filters" | "onChange"> & { tags: readonly Tag[]; facets: ImageFacets | undefined }) {
  const counts = new Map(facets?.by_tag.map(({ tag_id, count }) => [String(tag_id), count]));
  if (tags.length === 0 && filters.tag === "all") return null;
  return (
    <Section title="Tags">
      {tags.map(({ id, name, color }) => (
        <Choice
          key={id}
          chosen={filters.tag === String(id)}
          onPick={(on) => onChange({ tag: on ? String(id) : "all" })}
          count={facets ? (counts.get(String(id)) ?? 0) : undefined}
          isMore={facets?.at_least}
        >
          <IconTag size={15} color={color} style={{ flex: "none" }} aria-hidden="true" />
          <Name>{name}</Name>
        </Choice>
      ))}
      <Choice
        chosen={filters.tag === "none"}
        onPick={(on) => onChange({ tag: on ? "none" : "all" })}
        count={null}
      >
        <IconTagOff size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
        <Name>Without a tag</Name>
      </Choice>
    </Section>
  );
}
