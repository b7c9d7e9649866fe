import { Box, Group, Text, Title } from "@mantine/core";
import { createContext, useContext, type ReactNode } from "react";
import classes from "./Page.module.css";

type PageProps = {
  title: string;
  /** A line under the title. */
  lead?: ReactNode;
  /** The page's one primary action, and what stands beside it. */
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
};

/** 2 where a page stands inside a larger one, which has the heading of level 1. */
export const TitleLevel = createContext<1 | 2>(1);

export function Page({ title, lead, actions, narrow, children }: PageProps) {
  const level = useContext(TitleLevel);
  return (
    <div className={`${classes.page} ${narrow ? classes.narrow : ""}`}>
      <title>{`${title} · Segloop`}</title>
      <div className={classes.head}>
        <Box style={{ minWidth: 0, flex: "1 1 280px" }}>
          <Title order={level} className={classes.title}>
            {title}
          </Title>
          {lead && (
            <Text component="div" c="dimmed" size="sm" mt={4}>
              {lead}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </div>
      {children}
    </div>
  );
}

export function Panel({
  title,
  aside,
  children,
  flush = false,
}: {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}) {
  return (
    <section className={classes.panel} aria-label={title}>
      {(title || aside) && (
        <Group justify="space-between" px="md" pt="sm" pb={flush ? "xs" : 0} gap="xs">
          <Title order={2} fz="sm" fw={600}>
            {title}
          </Title>
          {aside}
        </Group>
      )}
      {/* Relative: words for screen readers alone are placed absolutely and scroll with it. */}
      <Box p={flush ? 0 : "md"} pos="relative" style={{ overflowX: "auto" }}>
        {children}
      </Box>
    </section>
  );
}

export function Stats({ children }: { children: ReactNode }) {
  return (
    <dl className={`${classes.stats}`} style={{ margin: 0 }}>
      {children}
    </dl>
  );
}

export function Stat({ label, value, hint }: { label: string; value: ReactNode; hint?: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <dd className={classes.value} style={{ margin: 0 }}>
        {value}
      </dd>
      {hint && (
        <Text size="xs" c="dimmed" component="dd" m={0}>
          {hint}
        </Text>
      )}
    </div>
  );
}
