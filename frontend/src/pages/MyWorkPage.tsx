import { Anchor, Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconChecklist, IconPlayerPlay } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { useMyWork } from "@/api/jobs";
import { keys } from "@/api/keys";
import type { ImageDetail } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { formatCount } from "@/lib/format";
import { ImageTile } from "./dataset/ImageTile";

export default function MyWorkPage() {
  const work = useMyWork();
  const begun = work.data?.in_progress ?? [];
  const waiting = work.data?.datasets.filter((row) => row.unlabelled + row.in_progress > 0) ?? [];
  const [next] = begun;
  return (
    <Page
      title="My work"
      lead="What you have begun, and where images wait to be drawn."
      actions={
        next && (
          <Button
            component={Link}
            to={`/datasets/${next.dataset}/edit/${next.id}`}
            leftSection={<IconPlayerPlay size={16} />}
          >
            Continue
          </Button>
        )
      }
    >
      {work.isError && <ErrorNotice error={work.error} onRetry={() => void work.refetch()} />}
      {work.isPending && <Skeleton height={260} />}
      {work.data && begun.length + waiting.length === 0 && (
        <EmptyState
          icon={IconChecklist}
          title="Nothing waits for you"
          action={
            <Button component={Link} to="/datasets" variant="default">
              Go to the datasets
            </Button>
          }
        >
          Images that you begin to draw, and datasets with images left to draw, appear here.
        </EmptyState>
      )}
      <Stack gap="lg">
        {begun.length > 0 && <Begun images={begun} />}
        {waiting.length > 0 && (
          <Panel title="Datasets with images to do" flush>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Dataset</Table.Th>
                  <Table.Th ta="right">Not labelled</Table.Th>
                  <Table.Th ta="right">In progress</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {waiting.map((row) => (
                  <Table.Tr key={row.slug}>
                    <Table.Td maw={420}>
                      <Anchor
                        component={Link}
                        to={`/datasets/${row.slug}?status=unlabelled`}
                        size="sm"
                        truncate
                        display="block"
                      >
                        {row.name}
                      </Anchor>
                    </Table.Td>
                    <Table.Td ta="right">{formatCount(row.unlabelled)}</Table.Td>
                    <Table.Td ta="right">{formatCount(row.in_progress)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Panel>
        )}
      </Stack>
    </Page>
  );
}

function Begun({ images }: { images: ImageDetail[] }) {
  const slugs = useMemo(() => [...new Set(images.map(({ dataset }) => dataset))], [images]);
  const datasets = useQueries({
    queries: slugs.map((slug) => ({
      queryKey: keys.dataset(slug),
      queryFn: () => unwrap(api.GET("/api/datasets/{slug}/", { params: { path: { slug } } })),
    })),
  });
  const colors = new Map(
    datasets.flatMap(({ data }) => data?.classes.map(({ id, color }) => [id, color] as const) ?? []),
  );
  return (
    <section aria-label="Begun">
      <Group mb="sm" gap="xs">
        <Text fw={600} size="sm">
          Begun by you
        </Text>
      </Group>
      <div style={{ display: "grid", gap: 12, gridTemplateColumns: "repeat(auto-fill, minmax(200px, 1fr))" }}>
        {images.map((image) => (
          <ImageTile
            key={image.id}
            image={image}
            address={`/datasets/${image.dataset}/edit/${image.id}`}
            colors={colors}
          />
        ))}
      </div>
    </section>
  );
}
