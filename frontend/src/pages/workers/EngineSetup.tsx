import { Alert, Group, Progress, Text } from "@mantine/core";
import { IconDownload, IconPlugConnectedX } from "@tabler/icons-react";
import type { EngineSetup as Setup } from "@/api/types";

/** How far the installation of the GPU worker is, beside a system that people already draw in. */
export function EngineSetup({ setup }: { setup: Setup }) {
  const failed = setup.state === "failed";
  return (
    <Alert
      color={failed ? "red" : "blue"}
      icon={failed ? <IconPlugConnectedX size={18} /> : <IconDownload size={18} />}
      title={failed ? "The GPU worker is not installed" : "The GPU worker is being installed"}
      role="status"
    >
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {failed && `${setup.message} `}Drawing works meanwhile; runs that are started now wait for it.
      </Text>
      {!failed && (
        <Group gap="sm" mt="xs">
          <Progress
            value={setup.percent ?? 100}
            animated={setup.percent === null}
            striped={setup.percent === null}
            aria-label="Installed"
            style={{ flex: "1 1 200px" }}
          />
          <Text size="sm" className="tabular">
            {setup.percent !== null && `${setup.percent} % · `}
            {setup.detail}
          </Text>
        </Group>
      )}
    </Alert>
  );
}
