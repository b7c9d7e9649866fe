import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { forgetHandedOut } from "../queries";
import { heldAhead } from "./held-ahead";

/** Gives back what was handed out ahead when the editor is left, or its page is closed. */
export function useHeldAhead(imageId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const enter = (): void => heldAhead.enter();
    const leave = (): void => {
      heldAhead.leave();
      // Who comes back asks anew: it may be another's by then.
      forgetHandedOut(client);
    };
    enter();
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", enter);
    return () => {
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("pageshow", enter);
      leave();
    };
  }, [client]);
  useEffect(() => heldAhead.open(imageId), [imageId]);
}
