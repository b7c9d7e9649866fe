import { Anchor, Button, Skeleton, Table, Text } from "@mantine/core";
import {
  IconBox,
  IconChartLine,
  IconDownload,
  IconFile,
  IconFileText,
  IconFiles,
  IconSettings,
  IconTable,
  type Icon,
} from "@tabler/icons-react";
import { useCheckpoints } from "@/api/checkpoints";
import { useRunFiles } from "@/api/runs";
import { useDataset } from "@/api/datasets";
import { isActive } from "@/api/jobs";
import type { RunFile } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { formatBytes } from "@/lib/format";
import { may } from "@/lib/roles";
import { ExportTable } from "../models/exports/ExportTable";
import { useCurrentRun } from "./RunLayout";
import { YamlPanel } from "./YamlPanel";

const KINDS: Record<RunFile["kind"], { word: string; icon: Icon }> = {
  checkpoint: { word: "Checkpoint", icon: IconBox },
  table: { word: "Table", icon: IconTable },
  plot: { word: "Plot", icon: IconChartLine },
  config: { word: "Configuration", icon: IconSettings },
  log: { word: "Log", icon: IconFileText },
  other: { word: "Other", icon: IconFile },
};
const ORDER = Object.keys(KINDS);
const NAME = { display: "inline-flex", alignItems: "center", gap: 8, overflowWrap: "anywhere" } as const;

export default function FilesPage() {
  const run = useCurrentRun();
  const files = useRunFiles(run.id);
  const mayTakeWeights = may(useDataset(run.dataset).data?.role, "export");
  const sorted = [...(files.data ?? [])].sort(
    (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.name.localeCompare(b.name),
  );
  const best = sorted.find(({ name }) => name.endsWith("best.pt"));
  return (
    <Page
      narrow
      title="Files"
      lead="The folder of the run as Ultralytics wrote it, and Segloop's evaluation beside it."
      actions={
        best &&
        mayTakeWeights && (
          <Button component="a" href={best.url} download leftSection={<IconDownload size={16} />}>
            Download best.pt
          </Button>
        )
      }
    >
      {files.isError && <ErrorNotice error={files.error} onRetry={() => void files.refetch()} />}
      {files.isPending && <Skeleton height={240} />}
      {files.data?.length === 0 && (
        <EmptyState icon={IconFiles} title="No files yet">
          They appear when the run has started.
        </EmptyState>
      )}
      {sorted.length > 0 && (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>File</Table.Th>
                <Table.Th>Kind</Table.Th>
                <Table.Th ta="right">Size</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sorted.map(({ name, kind, size_bytes, url }) => {
                const KindIcon = KINDS[kind].icon;
                return (
                  <Table.Tr key={name}>
                    <Table.Td>
                      {kind === "checkpoint" && !mayTakeWeights ? (
                        <Text size="sm" style={NAME} title="Reviewers and team leads download weights.">
                          <KindIcon size={16} stroke={1.6} aria-hidden="true" style={{ flex: "none" }} />
                          {name}
                        </Text>
                      ) : (
                        <Anchor href={url} download size="sm" style={NAME}>
                          <KindIcon size={16} stroke={1.6} aria-hidden="true" style={{ flex: "none" }} />
                          {name}
                        </Anchor>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <Text size="sm" c="dimmed">
                        {KINDS[kind].word}
                      </Text>
                    </Table.Td>
                    <Table.Td ta="right">{formatBytes(size_bytes)}</Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      {!isActive(run.state) && <Exports run={run.id} dataset={run.dataset} />}
      <div style={{ marginTop: 16 }}>
        <YamlPanel run={run} />
      </div>
    </Page>
  );
}

/** The best checkpoint in other formats. */
function Exports({ run, dataset }: { run: number; dataset: string }) {
  const role = useDataset(dataset).data?.role;
  const best = useCheckpoints({ run }).items.find(({ kind }) => kind === "best");
  if (!best) return null;
  return (
    <div style={{ marginTop: "var(--mantine-spacing-lg)" }}>
      <Panel>
        <ExportTable checkpoint={best} mayManage={may(role, "manage")} mayTake={may(role, "export")} />
      </Panel>
    </div>
  );
}
