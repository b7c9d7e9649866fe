import { Button, Text } from "@mantine/core";
import { useRunCheck, useStartCheck } from "@/api/runs";
import type { RunRequest } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { CheckResult } from "./CheckResult";
import type { RunDraft } from "./use-draft";

type Props = {
  draft: RunDraft;
  request: RunRequest;
  /** How many runs this becomes. */
  count: number;
  isReady: boolean;
};

/** Trains a few batches to see whether the run fits into memory, and what that came to. */
export function CheckFirst({ draft, request, count, isReady }: Props) {
  const ask = useStartCheck();
  const check = useRunCheck(draft.check?.id ?? null);
  const asked = JSON.stringify(request);
  return (
    <>
      {ask.isError && <ErrorNotice error={ask.error} />}
      {check.isError && <ErrorNotice error={check.error} onRetry={() => void check.refetch()} />}
      <Button
        variant="default"
        fullWidth
        loading={ask.isPending}
        disabled={!isReady}
        onClick={() =>
          ask.mutate(request, { onSuccess: ({ id }) => draft.keepCheck({ id, request: asked }) })
        }
      >
        Check first
      </Button>
      {check.data ? (
        <CheckResult
          check={check.data}
          stale={draft.check?.request !== asked}
          runs={count}
          onUseBatch={(batch) => draft.change({ numbers: { ...draft.form.numbers, batch } })}
        />
      ) : (
        <Text size="xs" c="dimmed">
          Check first trains a few batches and throws them away: it tells whether the run fits into memory
          {count > 1 && ", for the size chosen above,"} and how long it takes.
        </Text>
      )}
    </>
  );
}
