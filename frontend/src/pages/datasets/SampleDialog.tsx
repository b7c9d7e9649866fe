import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { useCreateSample } from "@/api/datasets";
import { isActive, useImport } from "@/api/jobs";
import type { Import } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ProgressLine } from "@/components/ProgressLine";

const SAMPLE_IMAGES = 100;

/** Draws the sample pond on the server, shows how far it is, and opens it. */
export function SampleDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const create = useCreateSample();
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title="Create the sample dataset">
      <Stack gap="md">
        {create.data ? (
          <SampleProgress job={create.data} onDone={close} />
        ) : (
          <>
            <Text size="sm">
              {SAMPLE_IMAGES} pictures of a pond, drawn by code: ducks of several shapes and colours with real
              polygons, a rarer second class, reflections that are not ducks, in three splits. Good for trying
              everything without photographs of your own.
            </Text>
            {create.isError && <ErrorNotice error={create.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button loading={create.isPending} onClick={() => create.mutate(SAMPLE_IMAGES)}>
                Create sample dataset
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}

function SampleProgress({ job, onDone }: { job: Import; onDone: () => void }) {
  const query = useImport(job.id);
  const navigate = useNavigate();
  const current = query.data ?? job;
  const finished = current.state === "finished";
  useEffect(() => {
    if (!finished) return;
    onDone();
    void navigate(`/datasets/${current.dataset}`);
    // Runs once, when the job has ended.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [finished]);
  if (!isActive(current.state) && !finished) {
    return <ErrorNotice error={new Error(current.error || "The sample dataset could not be created.")} />;
  }
  return (
    <>
      <ProgressLine progress={current.progress} label="Creating the sample dataset" />
      <Text size="sm" c="dimmed">
        It opens when it is ready. You may close this window; the tray shows how far it is.
      </Text>
    </>
  );
}
