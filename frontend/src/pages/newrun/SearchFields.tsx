import { Checkbox, NumberInput, Select, SimpleGrid, Skeleton, Stack, Switch, Text } from "@mantine/core";
import type { Proposal, Pruner } from "@/api/types";
import { useSearchSpace } from "@/api/searches";
import { ErrorNotice } from "@/components/ErrorNotice";
import type { RunForm } from "./form";
import classes from "./NewRun.module.css";
import {
  emptySearch,
  type SearchDimension,
  type SearchFaults,
  type SearchForm,
  withDimension,
} from "./search";

const PRUNER_WORDS: Record<Pruner, string> = {
  median: "When below the median",
  hyperband: "Hyperband",
  none: "Never",
};
const PRUNERS: readonly Pruner[] = ["median", "hyperband", "none"];

/** Trials with other arguments each, to find those that suit the dataset. */
export function SearchFields({
  form,
  faults,
  onChange,
}: {
  form: RunForm;
  faults: SearchFaults;
  onChange: (change: Partial<RunForm>) => void;
}) {
  const proposals = useSearchSpace(true);
  const { search } = form;
  const change = (changed: Partial<SearchForm>) => search && onChange({ search: { ...search, ...changed } });
  return (
    <Stack gap="md">
      <Switch
        label="Search for better arguments"
        description="Trains a number of trials with other arguments each, the next ones chosen by what the earlier came to. The first has the arguments as they stand."
        checked={search !== null}
        disabled={!proposals.data}
        onChange={(event) =>
          onChange(
            event.currentTarget.checked
              ? // A search compares arguments: with one model, one seed and the version's own val.
                { search: emptySearch(proposals.data ?? []), sizes: [], seedCount: 1, folds: 1 }
              : { search: null },
          )
        }
      />
      {proposals.isError && <ErrorNotice error={proposals.error} onRetry={() => void proposals.refetch()} />}
      {search && (
        <>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <NumberInput
              label="Trials"
              min={2}
              allowDecimal={false}
              clampBehavior="none"
              value={search.trials ?? ""}
              error={faults.trials}
              onChange={(value) => change({ trials: value === "" ? null : Number(value) })}
            />
            <NumberInput
              label="At once"
              min={1}
              allowDecimal={false}
              clampBehavior="none"
              value={search.parallel ?? ""}
              error={faults.parallel}
              onChange={(value) => change({ parallel: value === "" ? null : Number(value) })}
            />
            <Select
              label="Stop a trial early"
              allowDeselect={false}
              value={search.pruner}
              onChange={(value) => change({ pruner: PRUNERS.find((item) => item === value) ?? "median" })}
              data={PRUNERS.map((value) => ({ value, label: PRUNER_WORDS[value] }))}
            />
          </SimpleGrid>
          <div role="group" aria-label="Arguments to search">
            <Text size="sm" fw={500}>
              What to search
            </Text>
            <Text size="xs" c={faults.space ? "red" : "dimmed"} mb={4}>
              {faults.space ?? "The fewer, the sooner the search comes near to the best of them."}
            </Text>
            {proposals.isPending && <Skeleton height={240} />}
            {proposals.data?.map((proposal) => (
              <DimensionRow
                key={proposal.dimension.name}
                proposal={proposal}
                dimension={search.space.find(({ name }) => name === proposal.dimension.name)}
                fault={faults[proposal.dimension.name]}
                onPut={(put) => change({ space: withDimension(search.space, proposal, put) })}
                onChange={(changed) =>
                  change({
                    space: search.space.map((item) => (item.name === changed.name ? changed : item)),
                  })
                }
              />
            ))}
          </div>
        </>
      )}
    </Stack>
  );
}

function DimensionRow({
  proposal,
  dimension,
  fault,
  onPut,
  onChange,
}: {
  proposal: Proposal;
  /** Undefined: it is not searched. */
  dimension: SearchDimension | undefined;
  fault: string | undefined;
  onPut: (put: boolean) => void;
  onChange: (dimension: SearchDimension) => void;
}) {
  const { name, kind } = proposal.dimension;
  const end = (field: "low" | "high", label: string) => ({
    "aria-label": `${name}, ${label}`,
    size: "xs" as const,
    hideControls: true,
    clampBehavior: "none" as const,
    allowDecimal: kind === "float",
    value: dimension?.[field] ?? "",
    onChange: (value: string | number) =>
      dimension && onChange({ ...dimension, [field]: value === "" ? null : Number(value) }),
  });
  return (
    <div className={classes.dimension}>
      <Checkbox
        size="xs"
        checked={dimension !== undefined}
        onChange={(event) => onPut(event.currentTarget.checked)}
        label={
          <Text span size="sm" ff="monospace">
            {name}
          </Text>
        }
        description={proposal.help}
      />
      {dimension && (
        <>
          <NumberInput {...end("low", "from")} error={fault} />
          <Text
            size="xs"
            c="dimmed"
            pt={6}
            title={dimension.log ? "Evenly over its orders of magnitude" : undefined}
          >
            {dimension.log ? "to, log" : "to"}
          </Text>
          <NumberInput {...end("high", "to")} error={fault !== undefined} />
        </>
      )}
    </div>
  );
}
