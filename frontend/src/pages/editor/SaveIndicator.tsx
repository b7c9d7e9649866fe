import { Button, Group, Loader, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCloudCheck, IconCloudOff, IconCloudUp } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { AnnotationSaver, SaveState } from "./sync/saver";
import { savers } from "./sync/savers";
import { useSaveState, useWaiting } from "./use-editing";

type Look = { text: string; icon: ReactNode; color?: string; hint: string };

function look(state: SaveState, keepsOnDevice: boolean): Look {
  const kept = keepsOnDevice ? "kept on this device" : "NOT kept on this device: leave this page open";
  switch (state.kind) {
    case "saved":
      return { text: "Saved", icon: <IconCloudCheck size={18} />, hint: "The server has everything." };
    case "unsaved":
    case "saving":
      return {
        text: "Saving…",
        icon: <Loader size={14} />,
        hint: `Every change is ${kept} until the server has it.`,
      };
    case "offline":
      return {
        text: `Offline – ${kept}, retrying`,
        icon: <IconCloudOff size={18} />,
        color: "var(--mantine-color-orange-text)",
        hint: state.sentence,
      };
    case "signed_out":
      return {
        text: `Signed out – ${kept}`,
        icon: <IconCloudUp size={18} />,
        color: "var(--mantine-color-orange-text)",
        hint: "Sign in again, and it is saved.",
      };
    case "conflict":
      return {
        text: "Changed by somebody else",
        icon: <IconAlertTriangle size={18} />,
        color: "var(--mantine-color-red-text)",
        hint: "Choose a version.",
      };
    case "refused":
      return {
        text: `Not saved – ${kept}`,
        icon: <IconAlertTriangle size={18} />,
        color: "var(--mantine-color-red-text)",
        hint: state.sentence,
      };
  }
}

/** Whether the server has everything, and what happens if not. */
export function SaveIndicator({ saver }: { saver: AnnotationSaver }) {
  const state = useSaveState(saver);
  const waiting = useWaiting(saver.image);
  const { text, icon, color, hint } = look(state, saver.keepsOnDevice);
  const canRetry = state.kind === "offline" || state.kind === "refused" || waiting > 0;
  return (
    <Group gap={6} wrap="nowrap" role="status" data-state={state.kind}>
      <Tooltip label={hint} multiline maw={320}>
        <Group gap={6} wrap="nowrap" c={color ?? "dimmed"}>
          {icon}
          <Text size="sm" truncate maw={300}>
            {text}
          </Text>
        </Group>
      </Tooltip>
      {waiting > 0 && (
        <Text size="sm" c="var(--mantine-color-orange-text)">
          {waiting === 1 ? "1 other image waits" : `${waiting} other images wait`}
        </Text>
      )}
      {canRetry && (
        <Button size="compact-xs" variant="default" onClick={() => savers.retryAll()}>
          Try now
        </Button>
      )}
    </Group>
  );
}
