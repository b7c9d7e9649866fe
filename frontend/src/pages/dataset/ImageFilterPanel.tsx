import { Stack, Text } from "@mantine/core";
import {
  IconBoxAlignTopLeft,
  IconChartBar,
  IconFileImport,
  IconMessage,
  IconPin,
  IconSquare,
  IconTarget,
} from "@tabler/icons-react";
import type { ImageFilters } from "@/api/images";
import type { DatasetClass, ImageFacets, Membership } from "@/api/types";
import type { Tag } from "@/api/tags";
import { ClassDot } from "@/components/ClassDot";
import { assigneeChoices, isChosen } from "./assignees";
import { Choice, Name, Section } from "./FilterChoice";
import { MoreFilters, TagFilters } from "./MoreFilters";
import { SPLIT_WORDS, STATUS_WORDS, STATUSES } from "./imagesAddress";
import { chosenInsights } from "./insights/words";
import { StatusIcon } from "./StatusIcon";
import classes from "./Dataset.module.css";

type ChoicesProps = {
  slug: string;
  tags: readonly Tag[];
  filters: ImageFilters;
  facets: ImageFacets | undefined;
  classList: DatasetClass[];
  onChange: (change: Partial<ImageFilters>) => void;
  members: readonly Membership[];
  myId: number | undefined;
  /** Which images are ground truth is for reviewers alone. */
  mayReview?: boolean;
};

/** The filters of the images page, at its side. */
export function ImageFilterPanel({ open, ...choices }: ChoicesProps & { open: boolean }) {
  return (
    <div className={classes.filters} data-open={open} role="group" aria-label="Filters">
      <ImageFilterChoices {...choices} />
    </div>
  );
}

/** One section for each filter but the search by name; the editor shows them too. */
export function ImageFilterChoices(props: ChoicesProps) {
  const { filters, facets, classList, onChange, members, myId, mayReview = false } = props;
  const isMore = facets?.at_least;
  const assignees = assigneeChoices({ facets, members, myId, chosen: filters.assignee });
  const countOf = new Map(facets?.by_class.map(({ class_id, count }) => [class_id, count]));
  return (
    <Stack gap="lg">
      {filters.import > 0 && (
        <Section title="Import">
          <Choice chosen onPick={() => onChange({ import: 0 })} count={facets?.total} isMore={isMore}>
            <IconFileImport size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
            <Name>{`From import ${filters.import}`}</Name>
          </Choice>
        </Section>
      )}
      <InsightChoices filters={filters} classList={classList} onChange={onChange} total={facets?.total} />
      <Section title="Status">
        {STATUSES.map((status) => (
          <Choice
            key={status}
            chosen={filters.status === status}
            onPick={(on) => onChange({ status: on ? status : "all" })}
            count={facets?.by_status[status] ?? (facets ? 0 : undefined)}
            isMore={isMore}
          >
            <StatusIcon status={status} />
            {STATUS_WORDS[status]}
          </Choice>
        ))}
      </Section>
      <Section title="Split">
        {(["train", "val", "test"] as const).map((split) => (
          <Choice
            key={split}
            chosen={filters.split === split}
            onPick={(on) => onChange({ split: on ? split : "all" })}
            count={facets?.by_split[split] ?? (facets ? 0 : undefined)}
            isMore={isMore}
          >
            {SPLIT_WORDS[split]}
          </Choice>
        ))}
        {(filters.is_pinned || (facets?.pinned ?? 0) > 0) && (
          <Choice
            chosen={filters.is_pinned}
            onPick={(on) => onChange({ is_pinned: on })}
            count={facets?.pinned}
            isMore={isMore}
          >
            <IconPin size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
            <Name>Pinned</Name>
          </Choice>
        )}
      </Section>
      <Section title="Assigned to">
        {assignees.map(({ value, label, count }) => {
          const chosen = isChosen(value, filters.assignee, myId);
          return (
            <Choice
              key={value}
              chosen={chosen}
              onPick={(on) => onChange({ assignee: on ? value : "all" })}
              count={count}
              isMore={isMore}
            >
              <Name>{label}</Name>
            </Choice>
          );
        })}
      </Section>
      <Section title="Comments">
        <Choice
          chosen={filters.has_comment}
          onPick={(on) => onChange({ has_comment: on })}
          count={facets?.with_comments}
          isMore={isMore}
        >
          <IconMessage size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
          <Name>Open comments</Name>
        </Choice>
      </Section>
      {mayReview && (
        <Section title="Quality">
          <Choice chosen={filters.ground_truth} onPick={(on) => onChange({ ground_truth: on })} count={null}>
            <IconTarget size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
            <Name>Ground truth</Name>
          </Choice>
        </Section>
      )}
      <Section title="Contents">
        <Choice
          chosen={filters.is_empty}
          onPick={(on) => onChange({ is_empty: on })}
          count={facets?.empty}
          isMore={isMore}
        >
          <IconSquare size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
          <Name>Nothing in it</Name>
        </Choice>
        <Choice
          chosen={filters.has_box}
          onPick={(on) => onChange({ has_box: on })}
          count={facets?.with_boxes}
          isMore={isMore}
        >
          <IconBoxAlignTopLeft size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
          <Name>Boxes to outline</Name>
        </Choice>
      </Section>
      <TagFilters tags={props.tags} filters={filters} facets={facets} onChange={onChange} />
      <Section title="Class">
        {classList.length === 0 && (
          <Text size="xs" c="dimmed" px={8}>
            No classes yet
          </Text>
        )}
        {classList.map((item) => (
          <Choice
            key={item.id}
            chosen={filters.class === item.id}
            onPick={(on) => onChange({ class: on ? item.id : 0 })}
            count={facets ? (countOf.get(item.id) ?? 0) : undefined}
            isMore={isMore}
          >
            <ClassDot color={item.color} />
            <Name>{item.name}</Name>
          </Choice>
        ))}
      </Section>
      <MoreFilters {...props} />
    </Stack>
  );
}

/** What the Insights page led to, each to be taken away. */
function InsightChoices({
  filters,
  classList,
  onChange,
  total,
}: Pick<ChoicesProps, "filters" | "classList" | "onChange"> & { total: number | undefined }) {
  const chosen = chosenInsights(filters, classList);
  if (chosen.length === 0) return null;
  return (
    <Section title="From Insights">
      {chosen.map(({ words, reset }) => (
        <Choice key={words} chosen onPick={() => onChange(reset)} count={chosen.length === 1 ? total : null}>
          <IconChartBar
            size={15}
            style={{ flexShrink: 0 }}
            color="var(--mantine-color-dimmed)"
            aria-hidden="true"
          />
          <Name>{words}</Name>
        </Choice>
      ))}
    </Section>
  );
}
