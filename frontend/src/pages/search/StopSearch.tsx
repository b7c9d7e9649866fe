import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useStopSearch } from "@/api/searches";
import type { Search } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";

/** Ends a search for good; what it found stays. */
export function StopSearch({ search, onClose }: { search: Search; onClose: () => void }) {
  const [at, setAt] = useState("end");
  const stop = useStopSearch(search.id);
  const training = search.trials.filter(({ state }) => state === "running").length;
  return (
    <Modal opened onClose={onClose} title={`Stop “${search.name}”`}>
      <Stack gap="md">
        <Text size="sm">
          No more trials are asked for, and those that wait are cancelled. What was found so far stays.
        </Text>
        {training > 0 && (
          <Radio.Group
            label={`${plural(training, "trial trains", "trials train")} now`}
            value={at}
            onChange={setAt}
          >
            <Stack gap="xs" mt={6}>
              <Radio value="end" label="Let it train to its end, so that its result counts" />
              <Radio value="now" label="Cancel it" />
            </Stack>
          </Radio.Group>
        )}
        {stop.isError && <ErrorNotice error={stop.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Go on searching
          </Button>
          <Button
            color="red"
            loading={stop.isPending}
            onClick={() => stop.mutate(at === "now", { onSuccess: onClose })}
          >
            Stop the search
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
