/** Class colours that stay apart for people with any colour vision (after Okabe and Ito, and Tol). */
export const CLASS_PALETTE = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#f0e442",
  "#882255",
  "#44aa99",
  "#aa4499",
  "#999933",
  "#6699cc",
] as const;

/** The first colour of the palette that is not taken yet. */
export function nextClassColor(taken: readonly string[]): string {
  const used = new Set(taken.map((color) => color.toLowerCase()));
  return (
    CLASS_PALETTE.find((color) => !used.has(color)) ??
    (CLASS_PALETTE[taken.length % CLASS_PALETTE.length] as string)
  );
}

/** Outcomes differ by dash and word as well, never by colour alone. */
export const OUTCOME_COLORS = {
  tp: "#009e73",
  fp: "#d55e00",
  fn: "#f0e442",
  wrong_class: "#cc79a7",
} as const;
/** Dashes of an outcome's line, as SVG writes them. */
export const OUTCOME_DASHES = { tp: undefined, fp: "2 4", fn: "9 5", wrong_class: "10 4 2 4" } as const;
export const OUTCOME_WORDS = {
  tp: "correct",
  fp: "false positive",
  fn: "missed",
  wrong_class: "wrong class",
} as const;
