import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconPhotoScan } from "@tabler/icons-react";
import { isActive } from "@/api/jobs";
import { useAskBatches, useBatchPreview } from "@/api/runs";
import type { RunRequest } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { ShownBatches } from "./ShownBatches";
import { batchesRequestOf } from "./batches";
import type { RunDraft } from "./use-draft";

type Props = {
  draft: RunDraft;
  request: RunRequest;
  isReady: boolean;
};

/** What the model would see with these arguments, before anything is trained. */
export function BatchesPanel({ draft, request, isReady }: Props) {
  const ask = useAskBatches();
  const query = useBatchPreview(draft.batches?.id ?? null);
  const asked = JSON.stringify(batchesRequestOf(request));
  const preview = query.data;
  const stale = preview !== undefined && draft.batches?.request !== asked;
  return (
    <Panel
      title="Augmented batches"
      aside={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPhotoScan size={15} />}
          loading={ask.isPending}
          disabled={!isReady || (preview && isActive(preview.state) && !stale)}
          onClick={() =>
            ask.mutate(request, { onSuccess: ({ id }) => draft.keepBatches({ id, request: asked }) })
          }
        >
          {preview ? "Show them again" : "Show batches"}
        </Button>
      }
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Train batches as Ultralytics would make them with the arguments above (mosaic, mixup, copy_paste,
          degrees, hsv …), with the masks that the model learns. Nothing is trained or kept.
        </Text>
        {ask.isError && <ErrorNotice error={ask.error} />}
        {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
        {preview && isActive(preview.state) && (
          <div role="status" aria-label="Batches">
            {preview.state === "queued" ? (
              <Group gap="xs" wrap="nowrap">
                <Loader size={14} />
                <Text size="sm">{preview.waits_for}</Text>
              </Group>
            ) : (
              <ProgressLine progress={preview.progress} label="Making batches" />
            )}
          </div>
        )}
        {preview?.state === "failed" && (
          <Alert color="red" variant="light" p="xs">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {preview.error || "It ended without a reason."}
            </Text>
            {preview.error_hint && (
              <Text size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>
                {preview.error_hint}
              </Text>
            )}
          </Alert>
        )}
        {preview?.is_gone && (
          <Alert color="gray" variant="light">
            These images are not kept any more: show them again.
          </Alert>
        )}
        {preview && preview.batches.length > 0 && (
          <>
            {stale && (
              <Text size="xs" c="dimmed" role="status">
                The form has changed since these batches were made.
              </Text>
            )}
            <ShownBatches preview={preview} />
          </>
        )}
      </Stack>
    </Panel>
  );
}
