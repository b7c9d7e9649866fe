import { Anchor, Button, Grid, Skeleton, Stack, Table, Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import { useCompared, useDecide } from "@/api/agreement";
import type { ComparedDetail, Dataset } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskedImage } from "@/components/MaskOverlay";
import { Page, Panel } from "@/components/Page";
import { formatMetric, plural } from "@/lib/format";
import { useCurrentDataset } from "../dataset/DatasetLayout";
import { aloneIn, FIRST, nameOf, outlinesOf, SECOND, STATE_WORDS } from "./compared";

/** One image that two people drew: both outlines over the photograph, and which of them stays. */
export default function ComparedPage() {
  const dataset = useCurrentDataset();
  const { id } = useParams();
  const compared = useCompared(Number(id));
  const { data } = compared;
  return (
    <Page
      title={data?.image.file_name ?? "Agreement"}
      lead={
        <Anchor component={Link} to={`/datasets/${dataset.slug}/agreement`} size="sm">
          All images that two people drew
        </Anchor>
      }
      actions={data && <Decision slug={dataset.slug} detail={data} />}
    >
      {compared.isError && <ErrorNotice error={compared.error} onRetry={() => void compared.refetch()} />}
      {compared.isPending && <Skeleton height={480} role="status" aria-label="Loading" />}
      {data && <Comparison dataset={dataset} detail={data} />}
    </Page>
  );
}

function Decision({ slug, detail }: { slug: string; detail: ComparedDetail }) {
  const decide = useDecide(slug, detail.id);
  const { revision } = detail.image;
  const isTaken = detail.state === "took_second";
  return (
    <Stack gap={4} align="flex-end">
      <Button.Group>
        <Button
          variant="default"
          disabled={isTaken || detail.state === "kept_first" || decide.isPending}
          onClick={() => decide.mutate({ keep: "first", revision })}
        >
          Keep the first
        </Button>
        <Button
          variant="default"
          disabled={isTaken || decide.isPending}
          onClick={() => decide.mutate({ keep: "second", revision })}
        >
          Take the second
        </Button>
      </Button.Group>
      <Text size="xs" c="dimmed">
        {isTaken ? (
          <>
            The second was taken.{" "}
            <Anchor component={Link} to={`/datasets/${slug}/edit/${detail.image.id}`} inherit>
              The editor’s history brings the first back.
            </Anchor>
          </>
        ) : (
          STATE_WORDS[detail.state]
        )}
      </Text>
      {decide.isError && <ErrorNotice error={decide.error} />}
    </Stack>
  );
}

function Comparison({ dataset, detail }: { dataset: Dataset; detail: ComparedDetail }) {
  const { image, first, second, matches } = detail;
  const alone = aloneIn(detail);
  const nameOfClass = (id: number | null | undefined) =>
    dataset.classes.find((each) => each.id === id)?.name ?? "?";
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <MaskedImage
          src={image.url}
          alt={`${image.file_name} with the outlines of both`}
          lazy={false}
          masks={outlinesOf(detail)}
          width={image.width}
          height={image.height}
          fit="contain"
          fillOpacity={0}
          strokeWidth={2}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Stack gap="md">
          <Panel title="Who drew what">
            <Key side={FIRST} name={nameOf(detail.first_annotator)} count={first.length} />
            <Key side={SECOND} name={nameOf(detail.annotator)} count={second.length} />
            <Text size="xs" c="dimmed" mt="xs">
              Disagreement {formatMetric(detail.disagreement)}. What only one of them has is drawn heavier.
            </Text>
          </Panel>
          <Panel title="Objects" flush>
            <Table className="tabular">
              <Table.Tbody>
                {matches.map((match) => {
                  const a = nameOfClass(first[match.first]?.class_id);
                  const b = nameOfClass(second[match.second]?.class_id);
                  return (
                    <Table.Tr key={match.first}>
                      <Table.Td>{a === b ? a : `${a}, ${b}`}</Table.Td>
                      <Table.Td ta="right">IoU {formatMetric(match.iou)}</Table.Td>
                    </Table.Tr>
                  );
                })}
                {(["first", "second"] as const).flatMap((side) =>
                  alone[side].map((place) => (
                    <Table.Tr key={`${side} ${place}`}>
                      <Table.Td>{nameOfClass(detail[side][place]?.class_id)}</Table.Td>
                      <Table.Td ta="right">only the {side}</Table.Td>
                    </Table.Tr>
                  )),
                )}
              </Table.Tbody>
            </Table>
          </Panel>
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function Key({ side, name, count }: { side: typeof FIRST | typeof SECOND; name: string; count: number }) {
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      <svg width={36} height={8} aria-hidden style={{ background: "#333", borderRadius: 2, marginRight: 8 }}>
        <line x1={2} x2={34} y1={4} y2={4} stroke={side.color} strokeWidth={3} strokeDasharray={side.dash} />
      </svg>
      {name}: {plural(count, "object")}
    </Text>
  );
}
