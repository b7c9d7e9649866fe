import type { Checkpoint } from "@/api/types";
import { NumberLink } from "../results/NumberLink";
import { figuresAddress } from "./words";

/** A figure of a checkpoint that leads to the objects it was measured on. */
export function FigureLink({
  checkpoint,
  isUnderlined,
  children,
}: {
  checkpoint: Pick<Checkpoint, "run" | "evaluation"> | undefined;
  isUnderlined?: boolean;
  children: string;
}) {
  if (!checkpoint) return children;
  return (
    <NumberLink to={figuresAddress(checkpoint)} isUnderlined={isUnderlined}>
      {children}
    </NumberLink>
  );
}
