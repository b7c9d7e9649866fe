import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import { REASON_WORDS } from "@/lib/figures";

/** Figures behind which there is nothing to look at. */
const NOTHING: readonly string[] = ["0", ...Object.values(REASON_WORDS)];

/** A figure that leads to the objects it counts. Where it stands alone it is underlined: that it leads
 *  somewhere is not told by colour. */
export function NumberLink({
  to,
  isUnderlined = false,
  title = "Look at the objects",
  children,
}: {
  to: string;
  isUnderlined?: boolean;
  title?: string;
  children: string;
}) {
  if (NOTHING.includes(children)) return children;
  const style = { textDecorationThickness: 1, textUnderlineOffset: 5 };
  return (
    <Anchor
      component={Link}
      to={to}
      inherit
      c={isUnderlined ? undefined : "inherit"}
      underline={isUnderlined ? "always" : "hover"}
      style={isUnderlined ? style : undefined}
      title={title}
    >
      {children}
    </Anchor>
  );
}
