import { usePageKeys } from "@/components/use-page-keys";
import { type Command, KEYS } from "./keys";

/** Keys of the page, while no dialog lies over it. */
export function useVideoKeys(act: (command: Command) => void): void {
  usePageKeys(
    KEYS.flatMap(({ command, keys }) =>
      keys.map(
        (key) =>
          [
            key,
            () => document.querySelector("[role=dialog][aria-modal=true]") === null && act(command),
          ] as const,
      ),
    ),
  );
}
