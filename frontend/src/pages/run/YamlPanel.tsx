import { Anchor, Button, Code, CopyButton, Group, Skeleton, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useYoloYaml } from "@/api/runs";
import type { Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import classes from "./Run.module.css";

/** The run as a file for plain Ultralytics, to copy. */
export function YamlPanel({ run }: { run: Run }) {
  const yaml = useYoloYaml(run.id);
  return (
    <Panel
      title="Without Segloop"
      aside={
        yaml.data !== undefined && (
          <Group gap="xs">
            <Anchor size="xs" href={`/api/runs/${run.id}/yolo.yaml`} download>
              Download
            </Anchor>
            <CopyButton value={yaml.data}>
              {({ copied, copy }) => (
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                  onClick={copy}
                >
                  {copied ? "Copied" : "Copy"}
                </Button>
              )}
            </CopyButton>
          </Group>
        )
      }
    >
      <Text size="sm" mb="xs">
        Saved as yolo.yaml, this trains the same with plain Ultralytics on this machine:{" "}
        <Code>yolo cfg=yolo.yaml</Code>
      </Text>
      {yaml.isPending && <Skeleton height={180} />}
      {yaml.isError && <ErrorNotice error={yaml.error} onRetry={() => void yaml.refetch()} />}
      {yaml.data !== undefined && (
        <Code block className={classes.yaml}>
          {yaml.data}
        </Code>
      )}
    </Panel>
  );
}
