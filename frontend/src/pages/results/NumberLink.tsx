import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

/** A figure of a table that leads to the objects it counts. */
export function NumberLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Anchor component={Link} to={to} inherit c="inherit" title="Look at the objects">
      {children}
    </Anchor>
  );
}
