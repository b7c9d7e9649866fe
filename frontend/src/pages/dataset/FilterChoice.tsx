import { Skeleton, Text, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { formatCount } from "@/lib/format";
import classes from "./Dataset.module.css";

export function Name({ children }: { children: string }) {
  return (
    <span title={children} style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
      {children}
    </span>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" fw={600} c="dimmed" px={8} mb={4}>
        {title}
      </Text>
      {children}
    </div>
  );
}

type ChoiceProps = {
  chosen: boolean;
  onPick: (on: boolean) => void;
  /** Undefined while it is counted, null for none. */
  count: number | null | undefined;
  /** There are that many at least. */
  isMore?: boolean;
  children: ReactNode;
};

export function Choice({ chosen, onPick, count, isMore = false, children }: ChoiceProps) {
  return (
    <UnstyledButton className={classes.filterItem} aria-pressed={chosen} onClick={() => onPick(!chosen)}>
      {children}
      <span className={classes.filterCount}>
        {count === undefined ? (
          <Skeleton component="span" display="block" h={12} w={20} />
        ) : (
          count !== null && `${formatCount(count)}${isMore ? "+" : ""}`
        )}
      </span>
    </UnstyledButton>
  );
}
