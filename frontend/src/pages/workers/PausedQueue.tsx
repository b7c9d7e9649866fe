import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconPlayerPause } from "@tabler/icons-react";
import { useResumeQueue } from "@/api/workers";
import { ErrorNotice } from "@/components/ErrorNotice";

/** A data folder that was moved or restored: nothing is trained until somebody says so. */
export function PausedQueue({ reason, mayResume }: { reason: string; mayResume: boolean }) {
  const resume = useResumeQueue();
  return (
    <Alert color="orange" icon={<IconPlayerPause size={18} />} title="The queue is paused">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{reason}</Text>
        {mayResume ? (
          <Button size="sm" loading={resume.isPending} onClick={() => resume.mutate(undefined)}>
            Resume the queue
          </Button>
        ) : (
          <Text size="sm">An administrator can resume it here.</Text>
        )}
        {resume.isError && <ErrorNotice error={resume.error} />}
      </Stack>
    </Alert>
  );
}
