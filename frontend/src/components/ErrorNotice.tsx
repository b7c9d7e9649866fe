import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { asProblem } from "@/api/problem";

/** What went wrong, as a sentence, and a way to try again. */
export function ErrorNotice({
  error,
  onRetry,
  title,
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
}) {
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      title={title}
      maw={640}
      role="alert"
    >
      <Group justify="space-between" align="flex-start" gap="md">
        <Text size="sm" style={{ flex: 1, minWidth: 200, overflowWrap: "anywhere" }}>
          {asProblem(error).message}
        </Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
