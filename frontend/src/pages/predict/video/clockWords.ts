import { formatClock } from "@/lib/format";

/** "0:41.320": to the millisecond, as frames are. */
export function clockWords(timeMs: number): string {
  const whole = Math.max(0, Math.round(timeMs));
  return `${formatClock(whole)}.${String(whole % 1000).padStart(3, "0")}`;
}
