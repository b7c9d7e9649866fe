import { type FocusEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useState } from "react";

/** For the button of a tile, so that the grid is one stop of the Tab key. `isWanted`: it takes the focus when it appears. */
export type TileFocus = { "data-tile": number; tabIndex: 0 | -1; isWanted: boolean };

type Grid = {
  holder: RefObject<HTMLElement | null>;
  count: number;
  columns: number;
  /** The first and last tile that exist now. */
  visible: readonly [number, number];
  reveal: (tile: number) => void;
};

/** The tile that a key leads to, or null where the key is not one that walks. */
export function tileAfter(key: string, from: number, columns: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  if (to === undefined) return null;
  return to < 0 || to >= count ? from : to;
}

/** Arrow keys between the tiles of a grid of which only some exist: the one walked to may still have to appear. */
export function useTileFocus({ holder, count, columns, visible: [first, last], reveal }: Grid) {
  const [active, setActive] = useState(0);
  const [wanted, setWanted] = useState<number | null>(null);
  useLayoutEffect(() => {
    if (wanted !== null) holder.current?.querySelector<HTMLElement>(`[data-tile="${wanted}"]`)?.focus();
  }, [holder, wanted]);
  const stop = active >= first && active <= last ? active : first;
  return {
    focusOf: (index: number): TileFocus => ({
      "data-tile": index,
      tabIndex: index === stop ? 0 : -1,
      isWanted: index === wanted,
    }),
    onFocus: (event: FocusEvent) => {
      const index = tileOf(event.target);
      if (index === null) return;
      setActive(index);
      setWanted(null);
    },
    onKeyDown: (event: KeyboardEvent) => {
      const from = tileOf(event.target);
      if (from === null || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const to = tileAfter(event.key, wanted ?? from, columns, count);
      if (to === null) return;
      event.preventDefault();
      setWanted(to === from ? null : to);
      reveal(to);
    },
  };
}

function tileOf(target: EventTarget): number | null {
  const tile = target instanceof HTMLElement ? target.dataset.tile : undefined;
  return tile === undefined ? null : Number(tile);
}
