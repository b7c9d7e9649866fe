import { Anchor } from "@mantine/core";
import { Link } from "react-router";

/** Figures behind which there is nothing to look at. */
const NOTHING: readonly string[] = ["0", "–"];

/** A figure of a table that leads to the objects it counts. */
export function NumberLink({ to, children }: { to: string; children: string }) {
  if (NOTHING.includes(children)) return children;
  return (
    <Anchor component={Link} to={to} inherit c="inherit" title="Look at the objects">
      {children}
    </Anchor>
  );
}
