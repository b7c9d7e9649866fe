import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { useRouteError } from "react-router";

/** The last resort: a page that failed while drawing, or whose code could not be loaded after an update. */
export function PageError() {
  const error = useRouteError();
  return (
    <Center mih="60vh" p="md">
      <Stack maw={480} gap="sm">
        <Title order={1}>This page could not be shown</Title>
        <Text c="dimmed">
          Reloading fetches the newest version of Segloop, which mends this after an update. If it stays, the
          message below helps whoever looks into it.
        </Text>
        <Text ff="monospace" size="xs" style={{ overflowWrap: "anywhere" }}>
          {error instanceof Error ? error.message : String(error)}
        </Text>
        <Button w="fit-content" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </Stack>
    </Center>
  );
}
