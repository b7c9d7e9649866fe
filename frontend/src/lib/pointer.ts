import { useMediaQuery } from "@mantine/hooks";

/** The first answer is the true one: nothing is laid out twice. */
const AT_ONCE = { getInitialValueInEffect: false } as const;

/** A finger or a pen is what this device is worked with: keys are not named, targets are large. */
export function useIsTouch(): boolean {
  return useMediaQuery("(pointer: coarse)", undefined, AT_ONCE);
}

/** True where a window is at most so many pixels wide. */
export function useIsNarrow(width: number): boolean {
  return useMediaQuery(`(max-width: ${width}px)`, undefined, AT_ONCE);
}
