import { Anchor, Button, Code, CopyButton, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { Panel } from "@/components/Page";
import { howToCall, LANGUAGES, type Language } from "./howToCall";

/** The address of a served model and lines to copy. */
export function HowToCall({ url, most }: { url: string; most: number }) {
  const [language, setLanguage] = useState<Language>("curl");
  const address = `${window.location.origin}${url}`;
  const lines = howToCall(language, address);
  return (
    <Panel
      title="How to call it"
      aside={
        <SegmentedControl
          size="xs"
          value={language}
          onChange={(value) => setLanguage(value)}
          data={[...LANGUAGES]}
          aria-label="Language"
        />
      }
    >
      <Stack gap="xs">
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }} aria-label="Example">
          {lines}
        </Code>
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed">
            Make a token under your name, at the top right. Each token may send {most} requests a minute. All
            options are in the <Anchor href="/api/docs/">API’s page</Anchor>.
          </Text>
          <CopyButton value={lines}>
            {({ copied, copy }) => (
              <Button
                size="xs"
                variant="default"
                leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                onClick={copy}
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Panel>
  );
}
