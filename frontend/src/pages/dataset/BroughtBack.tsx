import { ActionIcon, Anchor, Button, Table, Text, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCancelRunImport, useDeleteRunImport, useRunImports } from "@/api/elsewhere";
import { isActive } from "@/api/jobs";
import type { RunImport } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";

/** Runs and checkpoints that came back from elsewhere; nothing while there are none. */
export function BroughtBack({ slug, mayManage }: { slug: string; mayManage: boolean }) {
  const imports = useRunImports(slug);
  const cancel = useCancelRunImport(slug);
  const remove = useDeleteRunImport(slug);
  const error = cancel.error ?? remove.error;
  if (imports.items.length === 0) return null;
  return (
    <div style={{ marginTop: "var(--mantine-spacing-lg)" }}>
      {error && <ErrorNotice error={error} />}
      <Panel title="Brought back from elsewhere" flush>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>File</Table.Th>
              <Table.Th>Version</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>When</Table.Th>
              {mayManage && (
                <Table.Th>
                  <span className="visually-hidden">Actions</span>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {imports.items.map((item) => (
              <Table.Tr key={item.id}>
                <Table.Td maw={280}>
                  <FileName item={item} />
                </Table.Td>
                <Table.Td>{item.version.number}</Table.Td>
                <Table.Td miw={200} maw={460}>
                  {isActive(item.state) ? (
                    <ProgressLine compact progress={item.progress} label={item.source_name} />
                  ) : (
                    <StateBadge state={item.state} />
                  )}
                  {item.error && (
                    <Text size="xs" style={{ overflowWrap: "anywhere" }}>
                      {item.error} {item.error_hint}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <Ago time={item.created_at} />
                </Table.Td>
                {mayManage && (
                  <Table.Td ta="right">
                    {isActive(item.state) ? (
                      <Button
                        size="compact-xs"
                        variant="default"
                        disabled={item.state === "cancelling"}
                        onClick={() => cancel.mutate(item.id)}
                      >
                        Cancel
                      </Button>
                    ) : (
                      <Tooltip
                        label={
                          item.run === null ? "Take it off the list" : "Take it off the list; the run stays"
                        }
                      >
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={`Take ${item.source_name} off the list`}
                          onClick={() => remove.mutate(item.id)}
                        >
                          <IconX size={16} />
                        </ActionIcon>
                      </Tooltip>
                    )}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
      <LoadMore list={imports} />
    </div>
  );
}

function FileName({ item: { run, source_name: name } }: { item: RunImport }) {
  if (run === null) {
    return (
      <Text size="sm" truncate title={name}>
        {name}
      </Text>
    );
  }
  return (
    <Anchor component={Link} to={`/runs/${run}`} size="sm" truncate display="block" title={name}>
      {name}
    </Anchor>
  );
}
