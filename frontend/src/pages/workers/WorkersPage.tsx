import { SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { IconServerOff } from "@tabler/icons-react";
import { useSession } from "@/api/session";
import { useWorkers } from "@/api/workers";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { summaryWords } from "./modes";
import { PausedQueue } from "./PausedQueue";
import { EngineSetup } from "./EngineSetup";
import { WaitingJobs, WaitingRuns } from "./WaitingRuns";
import { WorkerCard } from "./WorkerCard";

export default function WorkersPage() {
  const query = useWorkers();
  const session = useSession();
  const workers = query.data?.workers ?? [];
  const mayManage = session.data?.user?.is_administrator ?? false;
  return (
    <Page
      title="Workers"
      lead={query.data && workers.length > 0 ? summaryWords(workers) : "Who does the work, and what waits."}
    >
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Skeleton height={190} />
          <Skeleton height={190} />
        </SimpleGrid>
      )}
      {query.data && (
        <Stack gap="lg">
          {query.data.paused && <PausedQueue reason={query.data.paused} mayResume={mayManage} />}
          {query.data.engine && <EngineSetup setup={query.data.engine} />}
          {workers.length === 0 ? (
            <EmptyState icon={IconServerOff} title="No worker has ever reported">
              `make run` starts one for each queue. On another machine start a worker with the same Redis,
              database and data folder.
            </EmptyState>
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
              {workers.map((worker) => (
                <WorkerCard key={worker.id} worker={worker} mayManage={mayManage} />
              ))}
            </SimpleGrid>
          )}
          <Panel title="Runs that wait, in order" flush>
            <WaitingRuns />
          </Panel>
          <Panel title="Other work that waits" flush>
            <WaitingJobs items={query.data.queue.filter(({ kind }) => kind !== "run")} />
          </Panel>
        </Stack>
      )}
    </Page>
  );
}
