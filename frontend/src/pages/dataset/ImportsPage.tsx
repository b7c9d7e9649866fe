import { Anchor, Button, Skeleton, Table, Text } from "@mantine/core";
import { StateBadge } from "@/components/StateBadge";
import { IconFileZip, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { isActive, useImports } from "@/api/jobs";
import { Ago } from "@/components/Ago";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { formatCount } from "@/lib/format";
import { may } from "@/lib/roles";
import { useCurrentDataset } from "./DatasetLayout";
import { UploadDialog } from "./UploadDialog";

export default function ImportsPage() {
  const { slug, role } = useCurrentDataset();
  const imports = useImports(slug);
  const [uploading, setUploading] = useState(false);
  const upload = may(role, "manage") && (
    <Button leftSection={<IconUpload size={16} />} onClick={() => setUploading(true)}>
      Import
    </Button>
  );
  const nothing = imports.isSuccess && imports.items.length === 0;
  return (
    <Page
      title="Imports"
      lead="Each ends with a report in which every image and every object of the source is accounted for."
      actions={nothing ? null : upload}
    >
      {imports.isError && <ErrorNotice error={imports.error} onRetry={() => void imports.refetch()} />}
      {imports.isPending && <Skeleton height={160} />}
      {nothing && (
        <EmptyState icon={IconFileZip} title="Nothing has been imported" action={upload}>
          Import a folder or an archive with images and labels to bring polygons, classes and splits along.
        </EmptyState>
      )}
      {imports.items.length > 0 && (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>From</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th ta="right">Images</Table.Th>
                <Table.Th ta="right">Objects</Table.Th>
                <Table.Th ta="right">Objects refused</Table.Th>
                <Table.Th>Started</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {imports.items.map((item) => (
                <Table.Tr key={item.id}>
                  <Table.Td miw={140} maw={320}>
                    <Anchor
                      component={Link}
                      to={String(item.id)}
                      size="sm"
                      style={{ overflowWrap: "anywhere" }}
                    >
                      {item.source_name || `Import ${item.id}`}
                    </Anchor>
                  </Table.Td>
                  <Table.Td miw={200}>
                    {isActive(item.state) ? (
                      <ProgressLine compact progress={item.progress} label={item.source_name} />
                    ) : (
                      <StateBadge state={item.state} ending={item.ending} />
                    )}
                  </Table.Td>
                  <Table.Td ta="right">{formatCount(item.images.source)}</Table.Td>
                  <Table.Td ta="right">{formatCount(item.objects.source)}</Table.Td>
                  <Table.Td ta="right">{formatCount(item.objects.refused)}</Table.Td>
                  <Table.Td>
                    <Text size="sm" component="span">
                      <Ago time={item.created_at} />
                      {item.created_by && ` by ${item.created_by.display_name || item.created_by.username}`}
                    </Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={imports} />
      <UploadDialog slug={slug} opened={uploading} onClose={() => setUploading(false)} />
    </Page>
  );
}
