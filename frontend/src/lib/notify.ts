/** Browser notifications of runs and prepared exports that have ended, for who started them. Chosen by each person on each
 *  browser; the browser itself asks for its permission when they choose it, never before. */
import type { JobItem } from "@/api/types";

export type Telling = "on" | "off" | "denied" | "impossible";

const KEY = "segloop-tell-run-ends";

const keyOf = (username: string) => `${KEY}:${username}`;

/** Whether this person is told on this browser. A browser tells only over HTTPS or on the machine itself. */
export function tellingOf(username: string): Telling {
  if (typeof Notification === "undefined" || !window.isSecureContext) return "impossible";
  if (Notification.permission === "denied") return "denied";
  const wanted = localStorage.getItem(keyOf(username)) === "on";
  return wanted && Notification.permission === "granted" ? "on" : "off";
}

/** Switches it; asks the browser for its permission where nobody has yet. */
export async function setTelling(username: string, on: boolean): Promise<Telling> {
  if (tellingOf(username) === "impossible") return "impossible";
  if (on && Notification.permission === "default") await Notification.requestPermission();
  localStorage.setItem(keyOf(username), on ? "on" : "off");
  window.dispatchEvent(new Event(KEY));
  return tellingOf(username);
}

export function onTellingChange(listener: () => void): () => void {
  window.addEventListener(KEY, listener);
  window.addEventListener("storage", listener);
  return () => {
    window.removeEventListener(KEY, listener);
    window.removeEventListener("storage", listener);
  };
}

const ACTIVE = new Set<JobItem["state"]>(["queued", "running", "cancelling"]);
const TOLD = new Set<JobItem["kind"]>(["run", "dataset_export"]);
const WORDS: Partial<Record<JobItem["state"], string>> = {
  finished: "has finished",
  failed: "has failed",
};

/** Runs and exports of one's own that were at work at the last look and have ended by themselves since. */
export function justEnded(before: readonly JobItem[], now: readonly JobItem[]): JobItem[] {
  const active = new Set(
    before.filter(({ state }) => ACTIVE.has(state)).map(({ kind, id }) => `${kind}-${id}`),
  );
  return now.filter(
    ({ kind, id, state, is_mine: mine }) =>
      TOLD.has(kind) && mine && state in WORDS && active.has(`${kind}-${id}`),
  );
}

/** "duck run has finished", "Export ducks as COCO JSON is ready". */
export function endWords({ kind, title, state }: Pick<JobItem, "kind" | "title" | "state">): string {
  if (kind === "dataset_export" && state === "finished") return `${title} is ready`;
  return `${title.replace(/^Train /, "")} ${WORDS[state] ?? "has ended"}`;
}

/** Shows it; of several windows' notifications with one tag the browser keeps one. */
export function tell(job: JobItem, open: (url: string) => void): void {
  const isRun = job.kind === "run";
  const body = isRun ? "Open its results." : "Download it.";
  const note = new Notification(endWords(job), {
    body: job.state === "failed" ? "Its page says why." : body,
    tag: `segloop-${job.kind}-${job.id}`,
  });
  note.onclick = () => {
    window.focus();
    open(isRun && job.state !== "failed" ? `${job.url}/results` : job.url);
    note.close();
  };
}
