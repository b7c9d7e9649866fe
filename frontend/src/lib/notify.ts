/** Browser notifications of runs that have ended, for who started them. Chosen by each person on each
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
const WORDS: Partial<Record<JobItem["state"], string>> = {
  finished: "has finished",
  failed: "has failed",
};

/** Runs of one's own that were at work at the last look and have ended by themselves since. */
export function justEnded(before: readonly JobItem[], now: readonly JobItem[]): JobItem[] {
  const active = new Set(
    before.filter(({ state }) => ACTIVE.has(state)).map(({ kind, id }) => `${kind}-${id}`),
  );
  return now.filter(
    ({ kind, id, state, is_mine: mine }) =>
      kind === "run" && mine && state in WORDS && active.has(`${kind}-${id}`),
  );
}

/** "duck run has finished". */
export function endWords({ title, state }: Pick<JobItem, "title" | "state">): string {
  return `${title.replace(/^Train /, "")} ${WORDS[state] ?? "has ended"}`;
}

/** Shows it; of several windows' notifications with one tag the browser keeps one. */
export function tell(job: JobItem, open: (url: string) => void): void {
  const note = new Notification(endWords(job), {
    body: job.state === "failed" ? "Its page says why." : "Open its results.",
    tag: `segloop-run-${job.id}`,
  });
  note.onclick = () => {
    window.focus();
    open(job.state === "failed" ? job.url : `${job.url}/results`);
    note.close();
  };
}
