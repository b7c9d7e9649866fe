import { Group, Text, Tooltip } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { Outlet, ScrollRestoration } from "react-router";
import { useLiveState } from "@/api/events";
import { Toasts } from "../Toasts";
import { AccountMenu } from "./AccountMenu";
import { Crumbs } from "./Crumbs";
import { QuickSearch } from "./QuickSearch";
import { Rail } from "./Rail";
import { RunEnds } from "./RunEnds";
import classes from "./Shell.module.css";
import { Tray } from "./Tray";

/** The chrome around every page except sign-in and the editor. */
export function Shell() {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <Rail />
      <header className={classes.header}>
        <Crumbs />
        <LiveSign />
        <QuickSearch />
        <AccountMenu />
      </header>
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Tray />
      <Toasts />
      <RunEnds />
      <ScrollRestoration />
    </>
  );
}

/** Silent while live; says so when pages are only looked at every few seconds. */
function LiveSign() {
  const state = useLiveState();
  if (state !== "polling") return null;
  return (
    <Tooltip label="Live events cannot be received just now. Pages look again every 5 seconds.">
      <Group gap={6} wrap="nowrap" c="dimmed" role="status">
        <IconPlugConnectedX size={16} aria-hidden="true" />
        <Text size="xs" visibleFrom="sm">
          Not live
        </Text>
      </Group>
    </Tooltip>
  );
}
