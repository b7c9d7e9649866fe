import type { Certificate, CertificateGrade } from "@/api/types";
import { formatMetric } from "@/lib/format";

/** What a grade says, in words: colours alone tell nothing to who cannot tell them apart. */
export const GRADE_WORDS: Record<CertificateGrade, string> = {
  green: "Same figures",
  amber: "Nearly the same",
  red: "Different",
  unmeasured: "Not measured",
};

/** "+0.0002", "-0.0140", "±0.0000". */
export function differenceWords(difference: number | null): string {
  if (difference === null) return "–";
  const shown = Math.abs(difference).toFixed(4);
  if (Number(shown) === 0) return "±0.0000";
  return `${difference > 0 ? "+" : "−"}${shown}`;
}

type Steps = { preprocess_ms: number; inference_ms: number; postprocess_ms: number };

export const totalMs = ({ preprocess_ms, inference_ms, postprocess_ms }: Steps): number =>
  preprocess_ms + inference_ms + postprocess_ms;

/** "38 ms", "4.2 ms". */
export const msWords = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** "1.9 × as fast", "2.4 × as slow". */
export const ratioWords = (ratio: number): string =>
  ratio >= 1 || ratio <= 0 ? `${ratio.toFixed(1)} × as fast` : `${(1 / ratio).toFixed(1)} × as slow`;

/** On what a certificate was measured: "val of version 3, 120 images at 224 px". */
export function placeWords({ split, version, image_count: images, image_size: size }: Certificate): string {
  const on = `${split} of version ${version.number}`;
  return images > 0 ? `${on}, ${images} images at ${size} px` : on;
}

/** "0.412". */
export const mapWords = (map: number | null): string => (map === null ? "–" : formatMetric(map));
