import { useEffect, useState, useSyncExternalStore } from "react";
import { loadFrames } from "./requests";
import { Player, type PlayerState } from "./player";

/** The player of a prediction's video; it ends with the page. */
export function usePlayer(id: number): Player {
  const [player] = useState(
    () =>
      new Player({
        load: (from, to, signal) => loadFrames(id, from, to, signal),
        imageAddress: (position) => `/api/predictions/${id}/frames/${position}.jpg`,
      }),
  );
  useEffect(() => () => player.detach(), [player]);
  return player;
}

export function usePlayerState(player: Player): PlayerState {
  return useSyncExternalStore(player.subscribe, player.read);
}
