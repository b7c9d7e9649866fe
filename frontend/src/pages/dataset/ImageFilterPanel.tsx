import { Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import {
  IconBoxAlignTopLeft,
  IconChartBar,
  IconFileImport,
  IconMessage,
  IconPin,
  IconSquare,
  IconTarget,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ImageFilters } from "@/api/images";
import type { DatasetClass, ImageFacets, Membership } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { formatCount } from "@/lib/format";
import { assigneeChoices, isChosen } from "./assignees";
import { SPLIT_WORDS, STATUS_WORDS, STATUSES } from "./imagesAddress";
import { chosenInsights } from "./insights/words";
import { StatusIcon } from "./StatusIcon";
import classes from "./Dataset.module.css";

type ChoicesProps = {
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
  const assignees = assigneeChoices({ facets, members, myId, chosen: filters.assignee });
  const countOf = new Map(facets?.by_class.map(({ class_id, count }) => [class_id, count]));
  return (
    <Stack gap="lg">
      {filters.import > 0 && (
        <Section title="Import">
          <Choice chosen onPick={() => onChange({ import: 0 })} count={facets?.total}>
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
          >
            {SPLIT_WORDS[split]}
          </Choice>
        ))}
        {(filters.is_pinned || (facets?.pinned ?? 0) > 0) && (
          <Choice
            chosen={filters.is_pinned}
            onPick={(on) => onChange({ is_pinned: on })}
            count={facets?.pinned}
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
        <Choice chosen={filters.is_empty} onPick={(on) => onChange({ is_empty: on })} count={facets?.empty}>
          <IconSquare size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
          <Name>Nothing in it</Name>
        </Choice>
        <Choice
          chosen={filters.has_box}
          onPick={(on) => onChange({ has_box: on })}
          count={facets?.with_boxes}
        >
          <IconBoxAlignTopLeft size={15} color="var(--mantine-color-dimmed)" aria-hidden="true" />
          <Name>Boxes to outline</Name>
        </Choice>
      </Section>
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
          >
            <ClassDot color={item.color} />
            <Name>{item.name}</Name>
          </Choice>
        ))}
      </Section>
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
          <IconChartBar size={15} style={{ flexShrink: 0 }} color="var(--mantine-color-dimmed)" aria-hidden="true" />
          <Name>{words}</Name>
        </Choice>
      ))}
    </Section>
  );
}

function Name({ children }: { children: string }) {
  return (
    <span title={children} style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
      {children}
    </span>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" fw={600} c="dimmed" px={8} mb={4}>
        {title}
      </Text>
      {children}
    </div>
  );
}

function Choice({
  chosen,
  onPick,
  count,
  children,
}: {
  chosen: boolean;
  onPick: (on: boolean) => void;
  /** Undefined while it is counted, null for none. */
  count: number | null | undefined;
  children: ReactNode;
}) {
  return (
    <UnstyledButton className={classes.filterItem} aria-pressed={chosen} onClick={() => onPick(!chosen)}>
      {children}
      <span className={classes.filterCount}>
        {count === undefined ? (
          <Skeleton component="span" display="block" h={12} w={20} />
        ) : (
          count !== null && formatCount(count)
        )}
      </span>
    </UnstyledButton>
  );
}
