import { Button, Group, List, Modal, NumberInput, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useRepair, useRepairPreview } from "@/api/findings";
import type { Finding } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";

/** The largest object that is tiny, in px²; the server refuses more. */
const TINY_PX = 64;
const WAIT_MS = 250;

type Props = { slug: string; finding: Finding; onClose: () => void };

/** Says what a repair will do before it does it. */
export function RepairDialog({ slug, finding, onClose }: Props) {
  const isTiny = finding.kind === "tiny";
  const [below, setBelow] = useState(TINY_PX);
  const [asked] = useDebouncedValue(below, WAIT_MS);
  const preview = useRepairPreview(slug, finding.kind, isTiny ? asked : undefined);
  const repair = useRepair(slug, finding.kind);
  const navigate = useNavigate();
  const isReady =
    preview.isSuccess && !preview.isPlaceholderData && asked === below && preview.data.images > 0;
  return (
    <Modal opened onClose={onClose} title={`Repair: ${finding.title}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady || repair.isPending) return;
          repair.mutate(isTiny ? below : undefined, {
            onSuccess: (job) => void navigate(`/datasets/${slug}/changes/${job.id}`),
          });
        }}
      >
        <Stack gap="md">
          <Text size="sm">{finding.repair}.</Text>
          {isTiny && (
            <NumberInput
              label="Delete objects smaller than"
              suffix=" px²"
              min={1}
              max={TINY_PX}
              clampBehavior="strict"
              allowDecimal={false}
              value={below}
              onChange={(value) => typeof value === "number" && setBelow(value)}
              data-autofocus
            />
          )}
          {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
          {preview.isPending && <Skeleton height={72} />}
          {preview.data && (
            <List size="sm" spacing={6}>
              {preview.data.consequences.map((sentence) => (
                <List.Item key={sentence}>{sentence}</List.Item>
              ))}
            </List>
          )}
          {repair.isError && <ErrorNotice error={repair.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={repair.isPending} disabled={!isReady}>
              Repair
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
