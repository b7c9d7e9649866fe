import { Anchor, Button, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconArrowsDiff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useAgreement, useComparedImages } from "@/api/agreement";
import type { List } from "@/api/paging";
import type { Agreement, AgreementFigures, Compared, Dataset } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { formatCount, formatMetric, plural } from "@/lib/format";
import { useCurrentDataset } from "../dataset/DatasetLayout";
import { nameOf, STATE_WORDS } from "./compared";

/** How far two people agree who drew the same image without seeing each other's objects. */
export default function AgreementPage() {
  const dataset = useCurrentDataset();
  const agreement = useAgreement(dataset.slug);
  const images = useComparedImages(dataset.slug);
  const { data } = agreement;
  return (
    <Page
      title="Agreement"
      lead={
        data && data.images + data.waiting > 0
          ? `${plural(data.images, "image")} drawn by two people, ${formatCount(data.waiting)} more given out. Objects are matched at a mask IoU of ${data.min_iou} or more.`
          : "How far two people agree who drew the same images without seeing each other’s objects."
      }
    >
      {agreement.isError && <ErrorNotice error={agreement.error} onRetry={() => void agreement.refetch()} />}
      {images.isError && <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />}
      {agreement.isPending && <Skeleton height={260} role="status" aria-label="Loading" />}
      {data?.images === 0 && (
        <EmptyState
          icon={IconArrowsDiff}
          title={
            data.waiting > 0 ? "No second annotation is done yet" : "No image was drawn by two people yet"
          }
          action={
            <Button component={Link} to={`/datasets/${dataset.slug}?status=done`} variant="default">
              Choose images
            </Button>
          }
        >
          {data.waiting > 0 &&
            `${plural(data.waiting, "image")} given out: they wait in My work of who draws them. `}
          Select images that are done or accepted, and choose <b>Have drawn twice by …</b> under{" "}
          <b>Assign to</b>. What is drawn, without seeing the first annotation, is compared here.
        </EmptyState>
      )}
      {data && data.images > 0 && (
        <Stack gap="md">
          <Pairs agreement={data} />
          <Classes agreement={data} dataset={dataset} />
          <Images list={images} />
        </Stack>
      )}
    </Page>
  );
}

function FigureHeads() {
  return (
    <>
      {["Objects", "Matched", "F1", "Mask IoU"].map((label) => (
        <Table.Th key={label} ta="right" w={100}>
          {label}
        </Table.Th>
      ))}
    </>
  );
}

function Figures({ of: { first, second, matched, f1, mean_iou } }: { of: AgreementFigures }) {
  return (
    <>
      <Figure>
        {formatCount(first)} and {formatCount(second)}
      </Figure>
      <Figure>{formatCount(matched)}</Figure>
      <Figure>{formatMetric(f1)}</Figure>
      <Figure>{formatMetric(mean_iou)}</Figure>
    </>
  );
}

function Figure({ children }: { children: ReactNode }) {
  return (
    <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
      {children}
    </Table.Td>
  );
}

function Pairs({ agreement }: { agreement: Agreement }) {
  return (
    <Panel title="Per pair of people" flush>
      <Table className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>First and second</Table.Th>
            <Table.Th ta="right">Images</Table.Th>
            <FigureHeads />
            <Table.Th ta="right">Kappa</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agreement.pairs.map((pair) => (
            <Table.Tr key={`${pair.first_annotator?.id} ${pair.second_annotator.id}`}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {nameOf(pair.first_annotator)} and {nameOf(pair.second_annotator)}
              </Table.Td>
              <Figure>{formatCount(pair.images)}</Figure>
              <Figures of={pair} />
              <Figure>{formatMetric(pair.kappa)}</Figure>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Classes({ agreement, dataset }: { agreement: Agreement; dataset: Dataset }) {
  const known = new Map(dataset.classes.map((each) => [each.id, each]));
  return (
    <Panel title="Per class" flush>
      <Table className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            <FigureHeads />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agreement.classes.map((figures) => {
            const item = known.get(figures.class_id);
            return (
              <Table.Tr key={figures.class_id}>
                <Table.Td>
                  {item && <ClassDot color={item.color} />} {item?.name}
                </Table.Td>
                <Figures of={figures} />
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Images({ list }: { list: List<Compared> }) {
  return (
    <Panel title="Images, where they differ most first" flush>
      <Table className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Image</Table.Th>
            <Table.Th>First and second</Table.Th>
            <Table.Th ta="right">Disagreement</Table.Th>
            <Table.Th ta="right">Only first</Table.Th>
            <Table.Th ta="right">Only second</Table.Th>
            <Table.Th>Decision</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.items.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td maw={280}>
                <Anchor component={Link} to={String(row.id)} size="sm" truncate display="block">
                  {row.image.file_name}
                </Anchor>
              </Table.Td>
              <Table.Td maw={280}>
                <Text size="sm" truncate>
                  {nameOf(row.first_annotator)} and {nameOf(row.annotator)}
                </Text>
              </Table.Td>
              <Figure>{formatMetric(row.disagreement)}</Figure>
              <Figure>{formatCount(row.only_first)}</Figure>
              <Figure>{formatCount(row.only_second)}</Figure>
              <Table.Td>{STATE_WORDS[row.state]}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <LoadMore list={list} />
    </Panel>
  );
}
