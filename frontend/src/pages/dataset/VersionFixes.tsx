import { Anchor, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link } from "react-router";
import type { Version } from "@/api/types";
import { plural } from "@/lib/format";

/** "12 fixes: 5 missing, 4 wrong class, 3 outline"; "" where there are none. */
export function describeFixes({ total, missing, extra, wrong_class, outline }: Version["fixes"]): string {
  if (total === 0) return "";
  const parts: [number, string][] = [
    [missing, "missing"],
    [extra, "extra"],
    [wrong_class, "wrong class"],
    [outline, "outline"],
  ];
  const named = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${plural(total, "fix", "fixes")}: ${named.join(", ")}`;
}

/** Which labels were mended for a version, and where review had found them. */
export function VersionFixes({ version }: { version: Version }) {
  const { fixes } = version;
  if (fixes.total === 0) return null;
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {describeFixes(fixes)}
      {fixes.sources.length > 0 && ", from the evaluation of "}
      {fixes.sources.map(({ run, run_name }, i) => (
        <Fragment key={run}>
          {i > 0 && ", "}
          <Anchor component={Link} to={`/runs/${run}/results`} size="xs">
            {run_name}
          </Anchor>
        </Fragment>
      ))}
    </Text>
  );
}
