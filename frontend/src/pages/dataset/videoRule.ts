import type { ImportOptions, ImportPreview } from "@/api/types";

export type FrameRule = NonNullable<ImportOptions["video"]>;
export type ForeseenVideo = ImportPreview["videos"][number];
export type Way = "fps" | "every" | "scene";

/** A rule as a form holds it: what was typed for the other ways is kept. */
export type RuleDraft = {
  readonly way: Way;
  readonly every: number;
  readonly fps: number;
  readonly scene: number;
  readonly from: number;
  readonly to: number | null;
  readonly most: number | null;
  readonly keepsDuplicates: boolean;
};

const DEFAULTS = { every: 10, fps: 1, scene: 0.25 };

export function draftOf(rule: FrameRule): RuleDraft {
  return {
    way: rule.every !== undefined ? "every" : rule.scene !== undefined ? "scene" : "fps",
    every: rule.every ?? DEFAULTS.every,
    fps: rule.fps ?? DEFAULTS.fps,
    scene: rule.scene ?? DEFAULTS.scene,
    from: rule.from_seconds ?? 0,
    to: rule.to_seconds ?? null,
    most: rule.most ?? null,
    keepsDuplicates: rule.keeps_duplicates ?? false,
  };
}

export function ruleOf(draft: RuleDraft): FrameRule {
  return {
    [draft.way]: draft[draft.way],
    ...(draft.from > 0 ? { from_seconds: draft.from } : {}),
    ...(draft.to !== null ? { to_seconds: draft.to } : {}),
    ...(draft.most !== null ? { most: draft.most } : {}),
    ...(draft.keepsDuplicates ? { keeps_duplicates: true } : {}),
  };
}

/** Whether a draft chooses the same frames as the rule that a look was made with. */
export function isSameRule(draft: RuleDraft, rule: FrameRule): boolean {
  return JSON.stringify(draft) === JSON.stringify({ ...draftOf(rule), ...kept(draft, rule) });
}

/** What was typed for ways that are not chosen makes no difference. */
function kept(draft: RuleDraft, rule: FrameRule): Partial<RuleDraft> {
  const { way } = draftOf(rule);
  const others = (["every", "fps", "scene"] as const).filter((each) => each !== way);
  return Object.fromEntries(others.map((each) => [each, draft[each]]));
}

/** What is wrong with a draft, as a sentence; null: nothing. */
export function faultOf(draft: RuleDraft): string | null {
  if (draft.to !== null && draft.to <= draft.from) return "The end lies before the beginning.";
  return null;
}

/** About how many frames a rule asks for, near-duplicates among them, from what a look has found out. */
export function estimateFrames(video: ForeseenVideo, draft: RuleDraft): number {
  const frameMs = 1000 / (video.fps ?? 25);
  const wholeMs = video.is_whole ? video.end_ms + frameMs : (video.duration_ms ?? video.end_ms);
  const toMs = Math.min(wholeMs, draft.to === null ? wholeMs : draft.to * 1000);
  const partMs = Math.max(0, toMs - draft.from * 1000);
  if (wholeMs <= 0 || partMs === 0) return 0;
  const frames = video.is_whole ? video.read : (video.frames ?? wholeMs / frameMs);
  const inPart = Math.max(1, frames * (partMs / wholeMs));
  const asked = Math.ceil(countAsked(video, draft, inPart, partMs, wholeMs) - 1e-6);
  return Math.min(asked, draft.most ?? Infinity);
}

function countAsked(
  video: ForeseenVideo,
  draft: RuleDraft,
  frames: number,
  partMs: number,
  wholeMs: number,
): number {
  if (draft.way === "every") return frames / draft.every;
  if (draft.way === "fps") return Math.min(frames, (partMs / 1000) * draft.fps);
  const seenMs = Math.max(1, Math.min(video.end_ms, wholeMs));
  return Math.max(1, countScenes(video, draft.scene) * Math.min(1, partMs / seenMs));
}

/** Between two thresholds that were counted, in proportion. */
function countScenes({ scenes }: ForeseenVideo, threshold: number): number {
  const above = scenes.findIndex((each) => each.threshold >= threshold);
  const [before, after] = [scenes[above - 1], scenes[above]];
  if (above < 0) return scenes.at(-1)?.count ?? 1;
  if (!before || !after) return after?.count ?? 1;
  const share = (threshold - before.threshold) / (after.threshold - before.threshold);
  return before.count + (after.count - before.count) * share;
}
