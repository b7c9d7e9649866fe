import { Anchor, Button, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconChecklist, IconPlayerPlay } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { datasetQuery } from "@/api/datasets";
import { useMyWork } from "@/api/jobs";
import { useMentions } from "@/api/mentions";
import { useSession } from "@/api/session";
import type { AssignedFixes, ImageDetail, MyWork } from "@/api/types";
import { useMyFixes } from "@/api/verdicts";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { ImageTile } from "../dataset/ImageTile";
import { NextImageButton } from "../dataset/NextImageButton";
import { Mentions } from "./Mentions";
import { SecondAnnotations } from "./SecondAnnotations";
import { begunBesides, findNextOfMine, groupAssigned } from "./work";

const editAddress = ({ dataset, id }: ImageDetail) => `/datasets/${dataset}/edit/${id}`;

export default function MyWorkPage() {
  const work = useMyWork();
  const fixes = useMyFixes();
  const myId = useSession().data?.user?.id;
  const next = work.data && findNextOfMine(work.data, myId);
  return (
    <Page
      title="My work"
      lead="Who mentioned you, what came back to you, what is assigned to you or begun, and where images wait."
      actions={
        next && (
          <Button component={Link} to={editAddress(next)} leftSection={<IconPlayerPlay size={16} />}>
            Continue
          </Button>
        )
      }
    >
      {work.isError && <ErrorNotice error={work.error} onRetry={() => void work.refetch()} />}
      {work.isPending && <Skeleton height={260} role="status" aria-label="Loading" />}
      {work.data && <Work work={work.data} fixes={fixes.data ?? []} myId={myId} />}
    </Page>
  );
}

function Work({
  work,
  fixes,
  myId,
}: {
  work: MyWork;
  fixes: readonly AssignedFixes[];
  myId: number | undefined;
}) {
  const groups = groupAssigned(work);
  const mentions = useMentions();
  const begun = begunBesides(work, myId);
  const waiting = work.datasets.filter((row) => row.unlabelled + row.in_progress + row.to_review > 0);
  const colors = useClassColors([...work.sent_back, ...work.assigned, ...begun]);
  const count =
    work.sent_back.length +
    groups.length +
    begun.length +
    waiting.length +
    fixes.length +
    work.second_annotations.length +
    mentions.items.length;
  if (count === 0 && !mentions.isPending) {
    return (
      <EmptyState
        icon={IconChecklist}
        title="Nothing waits for you"
        action={
          <Button component={Link} to="/datasets" variant="default">
            Go to the datasets
          </Button>
        }
      >
        Images that are assigned to you or that you begin to draw, and datasets with images left to draw,
        appear here.
      </EmptyState>
    );
  }
  return (
    <Stack gap="xl">
      {mentions.isError && <ErrorNotice error={mentions.error} onRetry={() => void mentions.refetch()} />}
      {mentions.items.length > 0 && <Mentions list={mentions} />}
      {work.sent_back.length > 0 && (
        <Tiles
          title="Sent back to you"
          count={work.sent_back.length}
          images={work.sent_back}
          {...{ colors, myId }}
        />
      )}
      {fixes.length > 0 && <Fixes rows={fixes} />}
      {work.second_annotations.length > 0 && <SecondAnnotations rows={work.second_annotations} />}
      {groups.map(({ slug, name, count, images }) => (
        <Tiles
          key={slug}
          title={`Assigned to you in ${name}`}
          aside={
            <Anchor component={Link} to={`/datasets/${slug}?assignee=me`} size="sm">
              {images.length < count ? `All ${formatCount(count)} images` : "Show in the dataset"}
            </Anchor>
          }
          count={count}
          {...{ images, colors, myId }}
        />
      ))}
      {begun.length > 0 && (
        <Tiles title="Begun by you" count={begun.length} images={begun} {...{ colors, myId }} />
      )}
      {waiting.length > 0 && <Waiting rows={waiting} />}
    </Stack>
  );
}

function Fixes({ rows }: { rows: readonly AssignedFixes[] }) {
  return (
    <Panel title="Labels for you to mend" flush>
      <Table>
        <Table.Tbody>
          {rows.map(({ dataset, dataset_name: name, count }) => (
            <Table.Tr key={dataset}>
              <Table.Td maw={420}>
                <Anchor
                  component={Link}
                  to={`/datasets/${dataset}/fixes?assignee=me`}
                  size="sm"
                  truncate
                  display="block"
                >
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td ta="right">{plural(count, "fix", "fixes")}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function useClassColors(images: ImageDetail[]): ReadonlyMap<number, string> {
  const slugs = [...new Set(images.map(({ dataset }) => dataset))];
  return useQueries({
    queries: slugs.map(datasetQuery),
    combine: (datasets) =>
      new Map(
        datasets.flatMap(({ data }) => data?.classes.map(({ id, color }) => [id, color] as const) ?? []),
      ),
  });
}

type TilesProps = {
  title: string;
  aside?: ReactNode;
  count: number;
  images: ImageDetail[];
  colors: ReadonlyMap<number, string>;
  myId: number | undefined;
};

function Tiles({ title, aside, count, images, colors, myId }: TilesProps) {
  return (
    <section aria-label={title}>
      <Group mb="sm" gap="sm" align="baseline" wrap="nowrap">
        <Title order={2} fz="sm" fw={600} title={title} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {plural(count, "image")}
        </Text>
        <span style={{ marginLeft: "auto", whiteSpace: "nowrap" }}>{aside}</span>
      </Group>
      <div style={{ display: "grid", gap: 12, gridTemplateColumns: "repeat(auto-fill, minmax(200px, 1fr))" }}>
        {images.map((image) => (
          <ImageTile
            key={image.id}
            image={image}
            address={editAddress(image)}
            colors={colors}
            {...(myId === undefined ? {} : { myId })}
          />
        ))}
      </div>
    </section>
  );
}

function Waiting({ rows }: { rows: MyWork["datasets"] }) {
  return (
    <Panel title="Datasets with images to do" flush>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Dataset</Table.Th>
            <Table.Th ta="right">Not labelled</Table.Th>
            <Table.Th ta="right">In progress</Table.Th>
            <Table.Th ta="right">To review</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.slug}>
              <Table.Td maw={420}>
                <Anchor
                  component={Link}
                  to={`/datasets/${row.slug}?status=${row.unlabelled > 0 ? "unlabelled" : "in_progress"}`}
                  size="sm"
                  truncate
                  display="block"
                >
                  {row.name}
                </Anchor>
              </Table.Td>
              <Table.Td ta="right">{formatCount(row.unlabelled)}</Table.Td>
              <Table.Td ta="right">{formatCount(row.in_progress)}</Table.Td>
              <Table.Td ta="right">
                {row.to_review > 0 ? (
                  <NextImageButton slug={row.slug} purpose="review" size="compact-sm" variant="light">
                    Review {formatCount(row.to_review)}
                  </NextImageButton>
                ) : (
                  0
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
