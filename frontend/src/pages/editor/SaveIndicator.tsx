import { Button, Group, Loader, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCloudCheck, IconCloudOff, IconCloudUp } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { plural } from "@/lib/format";
import type { AnnotationSaver } from "./sync/saver";
import type { SaveState } from "./sync/state";
import { savers } from "./sync/savers";
import { describeState, describeUnsaved } from "./sync/sentences";
import { useSaveState, useUnsavedCount, useWaiting } from "./use-editing";
import classes from "./editor.module.css";

/** A save that takes longer than this is told. */
const SLOW_MS = 1000;

const ORANGE = "var(--mantine-color-orange-text)";
const RED = "var(--mantine-color-red-text)";

const LOOKS: Record<SaveState["kind"], { icon: ReactNode; color: string }> = {
  saved: { icon: <IconCloudCheck size={18} />, color: "dimmed" },
  unsaved: { icon: <Loader size={14} />, color: "dimmed" },
  saving: { icon: <Loader size={14} />, color: "dimmed" },
  offline: { icon: <IconCloudOff size={18} />, color: ORANGE },
  signed_out: { icon: <IconCloudUp size={18} />, color: ORANGE },
  conflict: { icon: <IconAlertTriangle size={18} />, color: RED },
  refused: { icon: <IconAlertTriangle size={18} />, color: RED },
};

/** True from when a save has taken too long until everything is saved. */
function useIsSlow(kind: SaveState["kind"]): boolean {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    if (kind === "saved") setSlow(false);
    if (kind !== "saving") return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [kind]);
  return isSlow;
}

/** Whether the server has everything, and what happens if not. Quiet while saves go as they should. */
export function SaveIndicator({ saver }: { saver: AnnotationSaver }) {
  const state = useSaveState(saver);
  const count = useUnsavedCount(saver);
  const isSlow = useIsSlow(state.kind);
  const others = useWaiting(saver.image);
  const isOnItsWay = state.kind === "unsaved" || state.kind === "saving";
  const shown: SaveState = isOnItsWay && !isSlow ? { kind: "saved" } : state;
  const { text, hint } = describeState(shown, count, saver.keepsOnDevice);
  const { icon, color } = LOOKS[shown.kind];
  const canRetry = state.kind === "offline" || state.kind === "refused" || others.images > 0;
  return (
    <Group gap={6} wrap="nowrap" role="status" data-state={state.kind} className={classes.saving}>
      <Tooltip label={hint} multiline maw={320}>
        <Group gap={6} wrap="nowrap" c={color} className={classes.saving}>
          {icon}
          <Text size="sm" truncate maw={400}>
            {text}
          </Text>
        </Group>
      </Tooltip>
      {others.images > 0 && (
        <Text size="sm" c={ORANGE} truncate>
          {plural(others.images, "other image")}: {describeUnsaved(others.changes)}
        </Text>
      )}
      {canRetry && (
        <Button
          size="compact-xs"
          variant="default"
          style={{ flex: "none" }}
          onClick={() => savers.retryAll()}
        >
          Try now
        </Button>
      )}
    </Group>
  );
}
