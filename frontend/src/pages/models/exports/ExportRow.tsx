import { ActionIcon, Button, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconCertificate, IconDownload, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useCertify, useDeleteExport } from "@/api/checkpoints";
import { isActive } from "@/api/jobs";
import type { Checkpoint, Export } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatBytes } from "@/lib/format";
import { CertificateDialog } from "./CertificateDialog";
import classes from "./Exports.module.css";
import { GradeBadge } from "./GradeBadge";
import { TakeDialog } from "./TakeDialog";
import { differenceWords, mapWords, msWords, ratioWords, totalMs } from "./words";

/** One export: its figures, what is being done with it, its certificate. */
export function ExportRow({
  item,
  checkpoint,
  mayManage,
  mayTake,
}: {
  item: Export;
  checkpoint: Checkpoint;
  mayManage: boolean;
  mayTake: boolean;
}) {
  const [opened, setOpened] = useState<"certificate" | "take" | null>(null);
  const remove = useDeleteExport(checkpoint.id);
  const { certificate } = item;
  const label = `${item.name} at ${item.image_size} px`;
  const verb = isActive(item.state) ? "Cancel" : "Delete";
  return (
    <>
      <Table.Tr className={classes.row}>
        <Table.Td>
          <Text size="sm" fw={550}>
            {item.name}
          </Text>
          {item.image_size !== checkpoint.image_size && (
            <Text size="xs" c="dimmed">
              {item.image_size} px
            </Text>
          )}
          {certificate ? (
            <GradeBadge grade={certificate.grade} />
          ) : (
            <StateBadge state={item.state} size="xs" />
          )}
        </Table.Td>
        <Table.Td className={classes.number}>{item.size_bytes ? formatBytes(item.size_bytes) : "–"}</Table.Td>
        <Table.Td className={classes.number}>
          {certificate?.speed ? (
            <>
              {msWords(totalMs(certificate.speed.export))}
              <Text size="xs" c="dimmed">
                {ratioWords(certificate.speed.ratio)}
              </Text>
            </>
          ) : (
            "–"
          )}
        </Table.Td>
        <Table.Td className={classes.number}>
          {mapWords(certificate?.export_map50_95 ?? null)}
          {certificate?.difference !== undefined && certificate.difference !== null && (
            <Text size="xs" c="dimmed">
              {differenceWords(certificate.difference)}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <Group gap={2} wrap="nowrap" justify="flex-end">
            {certificate && (
              <Tooltip label="Certificate">
                <ActionIcon
                  variant="subtle"
                  aria-label={`Certificate of ${label}`}
                  onClick={() => setOpened("certificate")}
                >
                  <IconCertificate size={16} />
                </ActionIcon>
              </Tooltip>
            )}
            {certificate && item.url && mayTake && (
              <Tooltip label="Download">
                {certificate.needs_consent ? (
                  <ActionIcon
                    variant="subtle"
                    aria-label={`Download ${label}`}
                    onClick={() => setOpened("take")}
                  >
                    <IconDownload size={16} />
                  </ActionIcon>
                ) : (
                  <ActionIcon
                    component="a"
                    href={item.url}
                    download
                    variant="subtle"
                    aria-label={`Download ${label}`}
                  >
                    <IconDownload size={16} />
                  </ActionIcon>
                )}
              </Tooltip>
            )}
            {mayManage && (
              <Tooltip label={verb}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`${verb} the export ${label}`}
                  loading={remove.isPending}
                  onClick={() => remove.mutate(item.id)}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        </Table.Td>
      </Table.Tr>
      <Told item={item} mayManage={mayManage} removal={remove.error} />
      {opened === "certificate" && certificate && (
        <CertificateDialog
          item={item}
          certificate={certificate}
          checkpoint={checkpoint}
          mayManage={mayManage}
          onClose={() => setOpened(null)}
        />
      )}
      {opened === "take" && certificate && (
        <TakeDialog item={item} certificate={certificate} onClose={() => setOpened(null)} />
      )}
    </>
  );
}

/** What an export waits for, how far it is, what went wrong. */
function Told({ item, mayManage, removal }: { item: Export; mayManage: boolean; removal: unknown }) {
  const certify = useCertify(item.checkpoint);
  const { measuring, certificate } = item;
  const isMeasured = measuring !== null && isActive(measuring.state);
  const mayMeasure = item.state === "finished" && !certificate && !isMeasured;
  if (!item.waits_for && !item.error && !removal && !certify.isError && !isMeasured && !mayMeasure)
    return null;
  return (
    <Table.Tr>
      <Table.Td colSpan={5} pt={0}>
        <Stack gap={4}>
          {item.state === "queued" && (
            <Text size="xs" c="dimmed">
              {item.waits_for}
            </Text>
          )}
          {item.error && (
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {item.error} {item.error_hint}
            </Text>
          )}
          {isMeasured && (
            <ProgressLine progress={measuring.progress} label="Measuring it beside the checkpoint" />
          )}
          {mayMeasure && (
            <Group gap="xs">
              <Text size="xs" c="dimmed">
                No certificate yet: it cannot be downloaded.
              </Text>
              {mayManage && (
                <Button
                  size="compact-xs"
                  variant="light"
                  loading={certify.isPending}
                  onClick={() => certify.mutate({ id: item.id })}
                >
                  Measure it
                </Button>
              )}
            </Group>
          )}
          {certify.isError && <ErrorNotice error={certify.error} />}
          {removal !== null && removal !== undefined && <ErrorNotice error={removal} />}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}
