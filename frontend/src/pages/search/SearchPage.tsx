import { Alert, Badge, Button, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconRepeat } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useDataset } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { useSearch } from "@/api/searches";
import type { Search, SearchState } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { figureWords } from "@/lib/figures";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import NotFoundPage from "../NotFoundPage";
import { BestArguments } from "./BestArguments";
import { SearchCharts } from "./SearchCharts";
import { StopSearch } from "./StopSearch";
import { bestTrial, isTrialActive, trialCounts } from "./trials";
import { TrialTable } from "./TrialTable";

/** A trial is short; what it found is trained three times as long. */
const LONGER = 3;
const STATES: Record<SearchState, { word: string; color: string }> = {
  running: { word: "Searching", color: "blue" },
  finished: { word: "Finished", color: "teal" },
  stopped: { word: "Stopped", color: "gray" },
  failed: { word: "Failed", color: "red" },
};

/** What a search has tried, what came of it, and what follows from that. */
export default function SearchPage() {
  const id = Number(useParams().id);
  const query = useSearch(id);
  if (!Number.isInteger(id) || (query.isError && asProblem(query.error).status === 404))
    return <NotFoundPage />;
  const search = query.data;
  if (search) return <SearchView search={search} />;
  return (
    <Page title="Search">
      {query.isError ? (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack gap="md" aria-label="Loading">
          <Skeleton height={110} />
          <Skeleton height={320} />
        </Stack>
      )}
    </Page>
  );
}

function SearchView({ search }: { search: Search }) {
  const dataset = useDataset(search.dataset);
  const manages = may(dataset.data?.role, "manage");
  const [stopping, setStopping] = useState(false);
  const best = bestTrial(search);
  const first = search.trials.find(({ number }) => number === 0);
  const ended = search.trials.filter((trial) => !isTrialActive(trial)).length;
  const gain = best?.value != null && first?.value != null ? best.value - first.value : null;
  return (
    <Page
      title={search.name}
      lead={
        <>
          <Link to={`/datasets/${search.dataset}`} style={{ color: "inherit" }}>
            {search.dataset_name}
          </Link>{" "}
          · version {search.version.number} · {plural(search.epochs, "epoch")} a trial ·{" "}
          <Link to={`/runs?group=${search.group}`} style={{ color: "inherit" }}>
            its runs
          </Link>
        </>
      }
      actions={
        manages && (
          <>
            {search.state === "running" && (
              <Button variant="default" onClick={() => setStopping(true)}>
                Stop …
              </Button>
            )}
            {best?.run != null && (
              <Button
                component={Link}
                variant={search.state === "running" ? "default" : "filled"}
                to={`/runs/new?from=${best.run}&epochs=${LONGER * search.epochs}`}
                leftSection={<IconRepeat size={16} />}
              >
                Train the best longer
              </Button>
            )}
          </>
        )
      }
    >
      <Stack gap="md">
        {search.state === "failed" && (
          <Alert
            color="red"
            variant="light"
            icon={<IconAlertTriangle size={18} />}
            title="The search gave up"
          >
            {search.error}
          </Alert>
        )}
        <Panel>
          <Stack gap="sm">
            <Stats>
              <Stat
                label="State"
                value={
                  <Badge variant="light" color={STATES[search.state].color} tt="none">
                    {STATES[search.state].word}
                  </Badge>
                }
              />
              <Stat label="Trials ended" value={`${ended} of ${search.trial_count}`} />
              <Stat
                label="Best mask mAP50-95"
                value={figureWords(best?.value, best?.reason)}
                hint={best && `by trial ${best.number + 1}`}
              />
              <Stat
                label="Against the first trial"
                value={gain === null ? "–" : `${gain < 0 ? "−" : "+"}${Math.abs(gain).toFixed(3)}`}
                hint="which has the arguments as they were"
              />
            </Stats>
            {search.state === "running" && (
              <Progress
                size={4}
                value={(100 * ended) / search.trial_count}
                aria-label="Trials that have ended"
              />
            )}
            <Text size="sm" c="dimmed">
              {trialCounts(search.trials) || "The first trials are being asked for."}
            </Text>
          </Stack>
        </Panel>
        <SearchCharts search={search} />
        <BestArguments search={search} best={best} first={first} />
        <Panel title="Trials, the best first" flush>
          <TrialTable search={search} />
        </Panel>
      </Stack>
      {stopping && <StopSearch search={search} onClose={() => setStopping(false)} />}
    </Page>
  );
}
