import { useCallback, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import { useIsNarrow } from "@/lib/pointer";
import { readPreferences, writePreferences } from "./preferences";

type Part = "panel" | "strip";

/** What a narrow window shows below the canvas, one at a time. */
export type Sheet = "classes" | "objects" | "view" | "images";

export type Layout = {
  /** A narrow window: panels and strip are sheets, opened by the tabs at the bottom. */
  readonly isCompact: boolean;
  readonly panel: boolean;
  readonly strip: boolean;
  readonly sheet: Sheet | null;
  readonly toggle: (part: Part) => void;
  /** It is on the page when this comes back. */
  readonly show: (part: Part) => void;
  readonly setSheet: (sheet: Sheet | null) => void;
};

/** The same width stands in editor.module.css. */
const COMPACT_PX = 820;
const SHEET_OF: Record<Part, Sheet> = { panel: "classes", strip: "images" };

function partOf(sheet: Sheet | null): Part | null {
  return sheet === null ? null : sheet === "images" ? "strip" : "panel";
}

/** Which parts around the canvas are shown: as this person left them, or in a narrow window one sheet of them. */
export function useLayout(): Layout {
  const isCompact = useIsNarrow(COMPACT_PX);
  const [wide, setWide] = useState(readPreferences);
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const open = partOf(sheet);
  const panel = isCompact ? open === "panel" : wide.panel;
  const strip = isCompact ? open === "strip" : wide.strip;
  const set = useCallback(
    (part: Part, isShown: boolean) => {
      if (isCompact) return setSheet(isShown ? SHEET_OF[part] : null);
      setWide((now) => ({ ...now, [part]: isShown }));
      writePreferences({ [part]: isShown });
    },
    [isCompact],
  );
  return useMemo(
    () => ({
      ...{ isCompact, panel, strip, setSheet },
      sheet: isCompact ? sheet : null,
      toggle: (part: Part) => set(part, !{ panel, strip }[part]),
      show: (part: Part) => {
        if (!{ panel, strip }[part]) flushSync(() => set(part, true));
      },
    }),
    [isCompact, panel, strip, sheet, set],
  );
}
