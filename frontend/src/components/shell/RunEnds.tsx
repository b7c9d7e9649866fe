import { Button, Group, Menu } from "@mantine/core";
import { IconBell, IconBellOff, IconCheck } from "@tabler/icons-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { useJobs } from "@/api/jobs";
import { useSession } from "@/api/session";
import type { JobItem } from "@/api/types";
import {
  endWords,
  justEnded,
  onTellingChange,
  setTelling,
  tell,
  type Telling,
  tellingOf,
} from "@/lib/notify";
import { toast } from "@/lib/toast";

function useTelling(): { username: string; telling: Telling } {
  const username = useSession().data?.user?.username ?? "";
  const telling = useSyncExternalStore(onTellingChange, () => tellingOf(username));
  return { username, telling };
}

/** An export that was prepared is ready, or failed: said wherever the person is by now. */
function sayExportEnded(job: JobItem, open: () => void): void {
  toast({
    color: job.state === "failed" ? "red" : undefined,
    message: (
      <Group justify="space-between" gap="xs">
        <span style={{ flex: "1 1 160px", overflowWrap: "anywhere" }}>{endWords(job)}.</span>
        <Button size="compact-sm" variant="default" onClick={open}>
          {job.state === "failed" ? "Why" : "To the download"}
        </Button>
      </Group>
    ),
  });
}

/** Tells of ended runs and exports, wherever in the application a person is. Shows nothing itself. */
export function RunEnds() {
  const { telling } = useTelling();
  const jobs = useJobs().data;
  const before = useRef<readonly JobItem[]>([]);
  const navigate = useNavigate();
  useEffect(() => {
    if (!jobs) return;
    for (const job of justEnded(before.current, jobs)) {
      if (telling === "on") tell(job, (url) => void navigate(url));
      if (job.kind === "dataset_export") sayExportEnded(job, () => void navigate(job.url));
    }
    before.current = jobs;
  }, [jobs, telling, navigate]);
  return null;
}

/** Offered while a run is at work, which is when somebody wants to know of its end. */
export function TellMeButton() {
  const { username, telling } = useTelling();
  if (telling !== "off") return null;
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      w="fit-content"
      leftSection={<IconBell size={15} />}
      onClick={() => void setTelling(username, true)}
    >
      Tell me when it ends
    </Button>
  );
}

const WORDS: Record<Telling, string> = {
  on: "Tell me when runs end",
  off: "Tell me when runs end",
  denied: "Notifications are blocked in this browser",
  impossible: "Notifications need HTTPS",
};

/** The same setting in the account's menu, to be found again and switched off. */
export function TellMeItem() {
  const { username, telling } = useTelling();
  const on = telling === "on";
  return (
    <Menu.Item
      closeMenuOnClick={false}
      disabled={telling === "denied" || telling === "impossible"}
      leftSection={on ? <IconBell size={16} /> : <IconBellOff size={16} />}
      rightSection={on ? <IconCheck size={16} aria-label="chosen" /> : null}
      onClick={() => void setTelling(username, !on)}
    >
      {WORDS[telling]}
    </Menu.Item>
  );
}
