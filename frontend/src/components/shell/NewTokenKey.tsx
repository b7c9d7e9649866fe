import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { NewToken } from "@/api/types";

const wrapped = { overflowWrap: "anywhere", whiteSpace: "pre-wrap" } as const;

/** The key of a token that was just made: the server keeps a hash of it and cannot show it again. */
export function NewTokenKey({ made, onDone }: { made: NewToken; onDone: () => void }) {
  return (
    <Alert color="green" variant="light" title={`“${made.token.name}” is made: copy its key now`}>
      <Stack gap="sm">
        <Text size="sm">It is shown only this once. Keep it out of shared files.</Text>
        <Code block style={wrapped} aria-label="Key of the token">
          {made.key}
        </Code>
        <Text size="sm">For example:</Text>
        <Code block style={wrapped}>
          {`curl -H "Authorization: Token ${made.key}" ${window.location.origin}/api/datasets/`}
        </Code>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onDone}>
            Done
          </Button>
          <CopyButton value={made.key}>
            {({ copied, copy }) => (
              <Button
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                onClick={copy}
                data-autofocus
              >
                {copied ? "Copied" : "Copy the key"}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}
