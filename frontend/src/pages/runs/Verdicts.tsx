import { Stack, Table, Text } from "@mantine/core";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import type { ComparedPair, Comparison, Run } from "@/api/types";
import { figureWords, formatThreshold, shownDifference } from "@/lib/figures";
import { formatDelta, formatPercent } from "@/lib/format";
import { NumberLink } from "../results/NumberLink";
import { Change } from "../results/Headline";
import { objectsAddress } from "../review/address";
import { type CompareAddress, openedAddress } from "./compare";
import type { Measured, MeasuredRun } from "./measured";

const FIGURE_WORDS: Record<ComparedPair["figures"][number]["figure"], string> = {
  map50_95: "mAP50-95",
  map50: "mAP50",
  f1: "F1",
};

/** Of each run against the first: on how many images it is better, and whether that is more than chance. */
export function Verdicts({
  measured,
  names,
  runs,
  address,
}: {
  measured: Measured;
  names: readonly string[];
  runs: readonly Run[];
  address: CompareAddress;
}) {
  const { comparison, error, retry } = measured;
  if (error) return <ErrorNotice error={error} onRetry={retry} />;
  if (!comparison || comparison.pairs.length === 0) return null;
  const nameOf = (evaluation: number | undefined) =>
    names[runs.findIndex((run) => run.evaluation === evaluation)] ?? "";
  const first = nameOf(comparison.evaluations[0]?.id);
  return (
    <Panel title={`Against ${first}: is the difference more than chance?`}>
      <Stack gap="lg">
        {comparison.pairs.map((pair) => (
          <Verdict
            key={pair.evaluation}
            pair={pair}
            comparison={comparison}
            first={first}
            name={nameOf(pair.evaluation)}
            address={address}
          />
        ))}
        <Seeds comparison={comparison} nameOf={nameOf} />
        <Text size="xs" c="dimmed" maw={760}>
          The images are drawn anew, with replacement, {comparison.pairs[0]?.resamples || "many"} times, and
          both runs are measured on each draw (paired bootstrap); the interval holds the middle{" "}
          {formatPercent(comparison.pairs[0]?.level ?? 0.95)} of the differences. An image is better where its
          panoptic quality is higher. F1 is the mean of classes.
        </Text>
      </Stack>
    </Panel>
  );
}

function Verdict({
  pair,
  comparison,
  first,
  name,
  address,
}: {
  pair: ComparedPair;
  comparison: Comparison;
  first: string;
  name: string;
  address: CompareAddress;
}) {
  const other = pair.evaluation;
  const images = (direction: CompareAddress["direction"], count: number) => (
    <NumberLink
      to={openedAddress(address, { other, direction }, "images")}
      isUnderlined
      title="Look at these images"
    >
      {String(count)}
    </NumberLink>
  );
  const flipped = (flip: CompareAddress["flip"], count: number) => (
    <NumberLink to={openedAddress(address, { other, flip, class: -1 }, "flipped")} isUnderlined>
      {String(count)}
    </NumberLink>
  );
  const evaluations = [comparison.evaluations[0], comparison.evaluations.find(({ id }) => id === other)];
  const objects = (side: number) => {
    const evaluation = evaluations[side];
    return evaluation
      ? objectsAddress(evaluation.run, {
          evaluation: evaluation.id,
          basis: comparison.basis,
          iou: comparison.iou,
          confidence: comparison.confidence,
        })
      : "";
  };
  // A run that found nothing has no figure, though its difference to another is one.
  const words = (side: number, { figure, first: one, other: two }: ComparedPair["figures"][number]) => {
    const evaluation = evaluations[side];
    const at = comparison.evaluations.findIndex((each) => each === evaluation);
    const known =
      figure === "f1" ? comparison.points[at]?.mean_of_classes.f1 : evaluation?.[pair.basis][figure];
    const value = known == null ? null : side === 0 ? one : two;
    return figureWords(value, value === null ? evaluation?.reason || "nothing_to_measure" : "");
  };
  return (
    <div>
      <Text size="sm" mb={4}>
        <b style={{ overflowWrap: "anywhere" }}>{name}</b>: better on {images("better", pair.better)}{" "}
        {pair.better === 1 ? "image" : "images"}, worse on {images("worse", pair.worse)}, equal on{" "}
        {images("same", pair.same)}; <b>{pair.verdict}.</b>
      </Text>
      {pair.flips && (
        <Text size="sm" c="dimmed" mb={4}>
          Objects that flipped at confidence {formatThreshold(pair.confidence)}:{" "}
          {flipped("lost", pair.flips.lost)} that {first} finds and {name} misses,{" "}
          {flipped("found", pair.flips.found)} the other way round.
        </Text>
      )}
      <Table.ScrollContainer minWidth={520}>
        <Table maw={820}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{pair.basis === "mask" ? "Masks" : "Boxes"}</Table.Th>
              <Table.Th ta="right">{first}</Table.Th>
              <Table.Th ta="right">{name}</Table.Th>
              <Table.Th ta="right">Difference</Table.Th>
              <Table.Th ta="right">{formatPercent(pair.level)} interval</Table.Th>
              <Table.Th>From chance</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pair.figures.map((figure) => (
              <Table.Tr key={figure.figure}>
                <Table.Td>{FIGURE_WORDS[figure.figure]}</Table.Td>
                <Table.Td ta="right">
                  <NumberLink to={objects(0)}>{words(0, figure)}</NumberLink>
                </Table.Td>
                <Table.Td ta="right">
                  <NumberLink to={objects(1)}>{words(1, figure)}</NumberLink>
                </Table.Td>
                <Table.Td ta="right">
                  <Change
                    value={shownDifference(figure.first, figure.other)}
                    title="Look at the objects that flipped"
                    to={openedAddress(
                      address,
                      { other, flip: (figure.difference ?? 0) < 0 ? "lost" : "found", class: -1 },
                      "flipped",
                    )}
                  />
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {figure.low === null || figure.high === null
                    ? "–"
                    : `${formatDelta(figure.low)} … ${formatDelta(figure.high)}`}
                </Table.Td>
                <Table.Td>{distinct(pair, figure)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}

function distinct(pair: ComparedPair, figure: ComparedPair["figures"][number]): string {
  if (figure.difference === null) return "–";
  if (pair.is_too_small) return "too few images";
  return figure.is_distinguishable ? "distinguishable" : "not distinguishable";
}

/** How far mAP moves when the same training is repeated with other seeds. */
function Seeds({
  comparison,
  nameOf,
}: {
  comparison: Comparison;
  nameOf: (evaluation: number | undefined) => string;
}) {
  const told = new Set<string>();
  return comparison.seeds.map((seeds: MeasuredRun["seeds"], i) => {
    const key = seeds?.runs.join() ?? "";
    if (!seeds || told.has(key)) return null;
    told.add(key);
    return (
      <Text key={key} size="sm">
        Trained anew with other seeds ({seeds.runs.length} runs of the group of{" "}
        {nameOf(comparison.evaluations[i]?.id)}), mAP50-95 is{" "}
        <NumberLink to={`/runs/compare?runs=${seeds.runs.join(",")}`} isUnderlined title="Compare these runs">
          {`${figureWords(seeds.mean)} ± ${figureWords(seeds.deviation)}`}
        </NumberLink>{" "}
        (standard deviation; from {figureWords(seeds.lowest)} to {figureWords(seeds.highest)}): a difference
        smaller than that may be the seed alone.
      </Text>
    );
  });
}
