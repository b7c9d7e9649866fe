import { Badge, Group, Skeleton, Text, Title } from "@mantine/core";
import { Link, NavLink, Outlet, useOutletContext, useParams } from "react-router";
import { asProblem } from "@/api/problem";
import { useRun } from "@/api/runs";
import type { Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { TitleLevel } from "@/components/Page";
import { StateBadge } from "@/components/StateBadge";
import { startOf } from "@/lib/models";
import NotFoundPage from "../NotFoundPage";
import classes from "../dataset/Dataset.module.css";
import { opensOnResults } from "./origin";
import { RunActions } from "./RunActions";

const tabsOf = (run: Run | undefined) => [
  run && opensOnResults(run) ? { to: "training", label: "Training" } : { to: "", label: "Live" },
  { to: "results", label: "Results" },
  { to: "predictions", label: "Predictions" },
  { to: "files", label: "Files" },
];

export function useCurrentRun(): Run {
  return useOutletContext<Run>();
}

export default function RunLayout() {
  const id = Number(useParams().id);
  const query = useRun(id);
  if (!Number.isInteger(id) || (query.isError && asProblem(query.error).status === 404))
    return <NotFoundPage />;
  const run = query.data;
  return (
    <>
      <div className={classes.head}>
        <Group justify="space-between" align="center" gap="sm">
          {run ? <RunHeading run={run} /> : <Skeleton height={44} width={320} />}
          {run && <RunActions run={run} />}
        </Group>
        <nav className={classes.tabs} aria-label="Parts of the run">
          {tabsOf(run).map(({ to, label }) => (
            <NavLink key={to} to={to} end={to === ""} className={classes.tab}>
              {label}
            </NavLink>
          ))}
        </nav>
      </div>
      {query.isError && (
        <div style={{ padding: 24 }}>
          <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && (
        <div style={{ padding: 24 }} aria-label="Loading">
          <Skeleton height={320} />
        </div>
      )}
      {run && (
        <>
          <title>{`${run.name} · Segloop`}</title>
          <TitleLevel.Provider value={2}>
            <Outlet context={run} />
          </TitleLevel.Provider>
        </>
      )}
    </>
  );
}

function RunHeading({ run }: { run: Run }) {
  return (
    <div style={{ minWidth: 0, flex: "1 1 280px" }}>
      <Group gap="md" wrap="nowrap">
        <Title order={1} className={classes.name} title={run.name}>
          {run.name}
        </Title>
        <StateBadge state={run.state} paused={run.is_paused} />
        {run.stopped_early && (
          <Badge variant="light" color="gray" tt="none" style={{ flex: "none" }}>
            Stopped early
          </Badge>
        )}
      </Group>
      <Text size="xs" c="dimmed" truncate mt={2}>
        <Link to={`/datasets/${run.dataset}`} style={{ color: "inherit" }}>
          {run.dataset_name}
        </Link>
        {` · version ${run.version.number}`} · {startOf(run)} · {run.parameters.image_size} px
        {run.device_name && ` · ${run.device_name}`}
        {run.parameters.fold && ` · fold ${run.parameters.fold.number} of ${run.parameters.fold.count}`}
        {run.group !== null && (
          <>
            {" · "}
            <Link
              to={run.search === null ? `/runs?group=${run.group}` : `/runs/search/${run.search}`}
              style={{ color: "inherit" }}
            >
              {run.search === null ? "group" : "search"} {run.group_name}
            </Link>
          </>
        )}
      </Text>
    </div>
  );
}
