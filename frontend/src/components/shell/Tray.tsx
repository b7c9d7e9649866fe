import { ActionIcon, Anchor, Group, Text, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { isActive, useJobs } from "@/api/jobs";
import type { JobItem } from "@/api/types";
import { useUploads, uploads } from "@/uploads/uploads";
import { ProgressLine } from "../ProgressLine";
import { StateBadge } from "../StateBadge";
import { byUrgency, countJobs, jobKey, trayJobs, trayTitle } from "./tray";
import { useUnfinished } from "./TrayUnfinished";
import { TrayUploads } from "./TrayUploads";
import classes from "./Tray.module.css";

/** Everything that is under way, wherever the person is: jobs of the server, uploads of this window. */
export function Tray() {
  const jobs = useJobs();
  const upload = useUploads();
  const unfinished = useUnfinished();
  const [chosen, setFolded] = useLocalStorage<boolean | null>({
    key: "segloop-tray-folded",
    defaultValue: null,
  });
  // Until somebody chooses: open for what they upload here themselves, out of the way otherwise.
  const folded = chosen ?? (upload.items.length === 0 && unfinished.length === 0);
  const [dismissed, setDismissed] = useLocalStorage<string[]>({
    key: "segloop-tray-dismissed",
    defaultValue: [],
  });
  const seen = useSeenActive(jobs.data);
  const shown = useMemo(
    () => trayJobs(jobs.data ?? [], seen, new Set(dismissed)).sort(byUrgency),
    [jobs.data, seen, dismissed],
  );

  const uploading = upload.waiting + upload.sending > 0;
  if (shown.length + upload.items.length + unfinished.length === 0) return null;

  const ended = shown.filter((job) => !isActive(job.state));
  const counts = countJobs(shown);
  if (uploading) counts.running += 1;
  else if (upload.items.length > 0 && upload.paused === 0) counts.done += 1;
  const elsewhere = unfinished.filter((each) => each.is_being_sent).length;
  counts.running += elsewhere;
  counts.stopped += unfinished.length - elsewhere + upload.paused;

  const dismissEnded = () => {
    setDismissed((known) => [...known.slice(-200), ...ended.map(jobKey)]);
    uploads.clearEnded();
  };

  return (
    <aside
      ref={keepFree}
      className={classes.tray}
      data-folded={folded || undefined}
      aria-label="What is under way"
    >
      <div className={classes.head}>
        <Text size="sm" fw={600} aria-live="polite">
          {trayTitle(counts)}
        </Text>
        <Group gap={2}>
          {(ended.length > 0 || (upload.items.length > 0 && !uploading)) && (
            <Tooltip label="Clear what has ended">
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label="Clear what has ended"
                onClick={dismissEnded}
              >
                <IconX size={16} />
              </ActionIcon>
            </Tooltip>
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={folded ? "Unfold" : "Fold"}
            aria-expanded={!folded}
            onClick={() => setFolded(!folded)}
          >
            {folded ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
          </ActionIcon>
        </Group>
      </div>
      {!folded && (
        <div className={classes.body}>
          {upload.items.length + unfinished.length > 0 && <TrayUploads />}
          {shown.map((job) => (
            <div key={jobKey(job)} className={classes.item}>
              <Group justify="space-between" wrap="nowrap" gap="xs" mb={isActive(job.state) ? 6 : 0}>
                <Anchor component={Link} to={job.url} size="sm" truncate title={job.title}>
                  {job.title}
                </Anchor>
                <StateBadge state={job.state} ending={job.ending} size="xs" />
              </Group>
              {isActive(job.state) && <ProgressLine compact progress={job.progress} label={job.title} />}
            </div>
          ))}
        </div>
      )}
    </aside>
  );
}

/** Tells the pages how much of their lower end the tray takes, so that they end above it. */
function keepFree(tray: HTMLElement | null) {
  if (!tray) return;
  const root = document.documentElement;
  const observer = new ResizeObserver(() => {
    root.style.setProperty("--tray-height", `${tray.offsetHeight + 16}px`);
  });
  observer.observe(tray);
  return () => {
    observer.disconnect();
    root.style.removeProperty("--tray-height");
  };
}

const SEEN_KEY = "segloop-tray-seen";

/** Jobs that this window has seen at work; kept through a reload. */
function useSeenActive(jobs: readonly JobItem[] | undefined): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlySet<string>>(
    () => new Set((sessionStorage.getItem(SEEN_KEY) ?? "").split(" ").filter(Boolean)),
  );
  const fresh = (jobs ?? []).filter((job) => isActive(job.state) && !seen.has(jobKey(job)));
  if (fresh.length > 0) {
    const all = new Set([...seen, ...fresh.map(jobKey)]);
    sessionStorage.setItem(SEEN_KEY, [...all].slice(-200).join(" "));
    setSeen(all);
  }
  return seen;
}
