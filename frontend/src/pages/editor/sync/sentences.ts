import { differenceBetween } from "@/canvas/document/difference";
import { plural } from "@/lib/format";
import type { Replacement, SaveState } from "./state";

/** "3 objects added, 1 changed, 2 deleted" */
function describeChanges({ before, document }: Replacement): string {
  const { upsert, delete: gone } = differenceBetween(before, document);
  const known = new Set(before.instances.map(({ id }) => id));
  const changed = upsert.filter(({ id }) => known.has(id)).length;
  const counts: [number, string][] = [
    [upsert.length - changed, "added"],
    [changed, "changed"],
    [gone.length, "deleted"],
  ];
  const [first, ...others] = counts.filter(([count]) => count > 0);
  if (!first) return "the order of the objects changed";
  return [`${plural(first[0], "object")} ${first[1]}`, ...others.map(([n, what]) => `${n} ${what}`)].join(
    ", ",
  );
}

/** How a replaced document is told: the entry of history, where it becomes one, and a sentence. */
export function describeReplacement(replacement: Replacement): { label: string; sentence: string } {
  const { kind, author } = replacement;
  const changes = describeChanges(replacement);
  if (kind === "left" || author === null)
    return {
      label: "Take in what was kept",
      sentence: `Changes kept on this device by a closed window were taken in: ${changes}.`,
    };
  const label = `Merge with ${author.version}`;
  return kind === "merged"
    ? { label, sentence: `${author.did} meanwhile. Merged with yours: ${changes}.` }
    : { label, sentence: `${author.did}: ${changes}. This is the newest version.` };
}

/** What has been waiting, in words: "3 changes not yet saved". */
export function describeUnsaved(count: number): string {
  return `${plural(count, "change")} not yet saved`;
}

/** What the person reads at the top, and what stands behind it. `count`: changes of this image that wait. */
export function describeState(
  state: SaveState,
  count: number,
  keepsOnDevice: boolean,
): { text: string; hint: string } {
  const kept = keepsOnDevice
    ? "They are kept on this device until the server has them."
    : "This browser keeps nothing: leave this page open until they are saved.";
  const waiting = count > 0 ? describeUnsaved(count) : "";
  switch (state.kind) {
    case "saved":
      return { text: "Saved", hint: "The server has everything." };
    case "unsaved":
    case "saving":
      return { text: waiting || "Saving…", hint: kept };
    case "offline": {
      const since = new Date(state.since).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit" });
      const trouble = state.isDiskFull ? "The server’s disk is full" : "Offline";
      return { text: `${trouble} since ${since} – ${waiting}`, hint: `${state.sentence} ${kept}` };
    }
    case "signed_out":
      return { text: `Signed out – ${waiting}`, hint: `Sign in again, and they are saved. ${kept}` };
    case "conflict":
      return { text: `Two versions – ${waiting}`, hint: "Choose what to keep." };
    case "refused":
      return { text: `Not saved – ${waiting}`, hint: `${state.sentence} ${kept}` };
  }
}
