import { ActionIcon, Button, Popover, Select, Stack } from "@mantine/core";
import { IconFilter, IconFilterFilled } from "@tabler/icons-react";
import type { DatasetClass } from "@/api/types";
import { PROBLEMS, type Problems } from "@/canvas/scene/problems";
import classes from "./editor.module.css";
import {
  AREA_WORDS,
  AREAS,
  countProblems,
  EVERYTHING,
  isFiltered,
  type ListFilter,
  PROBLEM_WORDS,
  type Sort,
  SORT_WORDS,
  SORTS,
} from "./object-list";

type Props = {
  sort: Sort;
  onSort: (sort: Sort) => void;
  filter: ListFilter;
  onFilter: (filter: ListFilter) => void;
  /** Those that objects of the image have. */
  used: readonly DatasetClass[];
  problems: Problems;
  isLooking: boolean;
};

/** In which order the objects are listed, and which of them. */
export function ObjectFilters({ sort, onSort, filter, onFilter, used, problems, isLooking }: Props) {
  const counts = countProblems(problems);
  const isOn = isFiltered(filter);
  const change = (part: Partial<ListFilter>): void => onFilter({ ...filter, ...part });
  return (
    <div className={classes.listTools}>
      <Select
        size="xs"
        aria-label="Order of the objects"
        allowDeselect={false}
        comboboxProps={{ width: 180, position: "bottom-start" }}
        data={SORTS.map((value) => ({ value, label: SORT_WORDS[value] }))}
        value={sort}
        onChange={(value) => onSort(SORTS.find((each) => each === value) ?? "order")}
      />
      <Popover position="bottom-end" withArrow shadow="md" width={260} trapFocus returnFocus>
        <Popover.Target>
          <ActionIcon
            variant={isOn ? "light" : "subtle"}
            color={isOn ? undefined : "gray"}
            size={30}
            title="Only some of them: by class, area or problem"
            aria-label="Filter by class, area or problem"
            aria-pressed={isOn}
          >
            {isOn ? <IconFilterFilled size={16} /> : <IconFilter size={16} />}
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown aria-label="Filter by class, area or problem">
          <Stack gap="sm">
            <Select
              size="xs"
              label="Class"
              placeholder="All classes"
              clearable
              searchable
              openOnFocus={false}
              comboboxProps={{ withinPortal: false }}
              data={used.map(({ id, name }) => ({ value: String(id), label: name }))}
              value={filter.classId === null ? null : String(filter.classId)}
              onChange={(value) => change({ classId: value === null ? null : Number(value) })}
            />
            <Select
              size="xs"
              label="Area"
              placeholder="All areas"
              clearable
              comboboxProps={{ withinPortal: false }}
              data={AREAS.map((value) => ({ value, label: AREA_WORDS[value] }))}
              value={filter.area}
              onChange={(value) => change({ area: AREAS.find((each) => each === value) ?? null })}
            />
            <Select
              size="xs"
              label="Problem"
              description={isLooking ? "Still looking …" : undefined}
              placeholder="Whether or not"
              clearable
              comboboxProps={{ withinPortal: false }}
              data={[
                { value: "any", label: `Any problem (${counts.any})` },
                ...PROBLEMS.map((value) => ({ value, label: `${PROBLEM_WORDS[value]} (${counts[value]})` })),
              ]}
              value={filter.problem}
              onChange={(value) =>
                change({
                  problem: value === "any" ? "any" : (PROBLEMS.find((each) => each === value) ?? null),
                })
              }
            />
            <Button size="xs" variant="default" disabled={!isOn} onClick={() => onFilter(EVERYTHING)}>
              All objects
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
