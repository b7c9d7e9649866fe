import type { BulkResult } from "@/api/types";
import { formatCount, plural } from "./format";

/**
 * What became of many: "3 images restored. 2 images left as before: its name is taken."; of those assigned, how many
 * are done already.
 */
export function describeResult(result: BulkResult, one: string, done: string): string {
  const { finished = 0, job } = result;
  if (job) return `${job.title}: under way. Its progress stands at the lower right, and goes on without you.`;
  const words = describeChange(result, one, done);
  if (finished === 0) return words;
  return `${words} ${finished === 1 ? "1 of them is" : `${formatCount(finished)} of them are`} done already.`;
}

function describeChange({ changed, skipped }: BulkResult, one: string, done: string): string {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const [first] = reasons;
  if (first === undefined) return `${plural(changed, one)} ${done}.`;
  const others = reasons.length > 1 ? ` (and ${plural(reasons.length - 1, "other reason")})` : "";
  const left = `${plural(skipped.length, one)} left as before: ${first}${others}`;
  return changed === 0 ? left : `${plural(changed, one)} ${done}. ${left}`;
}
