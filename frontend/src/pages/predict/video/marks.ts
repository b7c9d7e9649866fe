/** Marked frames of a prediction, kept while the window is open, so that a reload loses none. */
const KEY = "segloop-marked-frames";

export function readMarks(id: number): number[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(`${KEY}:${id}`) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return sorted(stored.filter((each): each is number => Number.isInteger(each) && each >= 0));
  } catch {
    return [];
  }
}

export function writeMarks(id: number, marks: readonly number[]): void {
  if (marks.length > 0) sessionStorage.setItem(`${KEY}:${id}`, JSON.stringify(marks));
  else sessionStorage.removeItem(`${KEY}:${id}`);
}

export function toggleMark(marks: readonly number[], position: number): number[] {
  return marks.includes(position) ? marks.filter((each) => each !== position) : sorted([...marks, position]);
}

/** The marked frame before (-1) or after (1) a position. */
export function markBeside(
  marks: readonly number[],
  position: number,
  direction: 1 | -1,
): number | undefined {
  return direction > 0 ? marks.find((each) => each > position) : marks.findLast((each) => each < position);
}

const sorted = (marks: readonly number[]): number[] => [...new Set(marks)].sort((a, b) => a - b);
