import { Anchor, Skeleton, Text } from "@mantine/core";
import { useLayoutEffect, useRef } from "react";
import { isActive } from "@/api/jobs";
import { useRunLog } from "@/api/runs";
import type { Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { formatBytes } from "@/lib/format";
import classes from "./Run.module.css";

const CONTROL = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g");

/** A log as a terminal would show it: colour codes gone, lines overwritten by carriage returns kept once. */
export function readableLog(text: string): string {
  return text
    .replace(CONTROL, "")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "")
    .join("\n");
}

/** The end of the engine's log; follows it while the reader is at the bottom. */
export function RunConsole({ run }: { run: Run }) {
  const log = useRunLog(run.id, isActive(run.state));
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  const text = log.data?.text ?? "";
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <Panel
      title="Log"
      aside={
        log.data && log.data.truncated ? (
          <Text size="xs" c="dimmed">
            the end of {formatBytes(log.data.size_bytes)} ·{" "}
            <Anchor size="xs" href={`/api/runs/${run.id}/files/segloop.log`} download>
              download
            </Anchor>
          </Text>
        ) : null
      }
    >
      {log.isError && <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />}
      {log.isPending && <Skeleton height={180} />}
      {log.data && (
        <pre
          ref={box}
          className={classes.console}
          // A scrolled region must be reachable by keyboard.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          aria-label="Log"
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
            atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
          }}
        >
          {readableLog(text) || (isActive(run.state) ? "Nothing has been logged yet." : "There is no log.")}
        </pre>
      )}
    </Panel>
  );
}
