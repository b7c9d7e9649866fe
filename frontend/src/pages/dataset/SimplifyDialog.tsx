import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { type BulkChange, type ImageSelection, useSimplifyPreview } from "@/api/images";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { SimplifyOutlines } from "./SimplifyOutlines";

/** How far the outlines of the selected images are simplified, and what that costs. */
export function SimplifyDialog({
  slug,
  selection,
  count,
  onClose,
  onChange,
}: {
  slug: string;
  selection: ImageSelection;
  /** How many images are selected. */
  count: number;
  onClose: () => void;
  onChange: (change: BulkChange, done: string) => void;
}) {
  const preview = useSimplifyPreview(slug, selection);
  const [tolerancePx, setTolerancePx] = useState(0);
  const costs = preview.data?.costs ?? [];
  const canGain = costs.some(({ points_before, points_after }) => points_after < points_before);
  return (
    <Modal opened onClose={onClose} size="lg" title={`Simplify the outlines in ${plural(count, "image")}`}>
      <Stack gap="md">
        <Text size="sm">
          Each image gets one revision: its history shows the change and undoes it. Boxes stay as they are.
        </Text>
        {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
        {preview.isPending && <Skeleton height={180} />}
        {preview.data && !canGain && (
          <Text size="sm">No outline of these images can lose a point within two pixels.</Text>
        )}
        <SimplifyOutlines costs={costs} chosen={tolerancePx} onChoose={setTolerancePx} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={tolerancePx === 0}
            onClick={() =>
              onChange({ action: "simplify", tolerance_px: tolerancePx }, "have simpler outlines")
            }
          >
            Simplify
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
