import { Anchor, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { useFetchPretrained, useModels } from "@/pages/predict/new/api";
import type { ModelItem } from "@/api/types";
import { missingPretrained } from "./words";

const RELEASE = "https://github.com/ultralytics/assets/releases/download/v8.4.0";
const MOST_SHOWN = 5;

/** Ultralytics' pretrained weights that are not on this server: fetched by a worker, or put there by hand. */
export function MissingWeights() {
  const missing = missingPretrained(useModels().data ?? []);
  const [isAll, setAll] = useState(false);
  const fetching = useFetchPretrained();
  if (missing.length === 0) return null;
  const shown = isAll ? missing : missing.slice(0, MOST_SHOWN);
  return (
    <Panel title="Pretrained by Ultralytics, not here yet">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {missing.some(({ can_fetch }) => can_fetch)
            ? "A worker fetches them from Ultralytics; afterwards everybody can predict with them and train from them."
            : "This server cannot fetch them: it is not connected, or an administrator forbids it. Fetch a file on a machine with a network and put it where it is said here, or have an administrator upload it above under the same name."}
        </Text>
        {fetching.isError && <ErrorNotice error={fetching.error} />}
        {shown.map((model) => (
          <Missing
            key={model.file_name}
            model={model}
            isPending={fetching.isPending && fetching.variables === model.file_name}
            onFetch={() => fetching.mutate(model.file_name)}
          />
        ))}
        {missing.length > shown.length && (
          <Button variant="subtle" size="xs" w="fit-content" onClick={() => setAll(true)}>
            Show {plural(missing.length - shown.length, "more file")}
          </Button>
        )}
      </Stack>
    </Panel>
  );
}

function Missing({
  model,
  isPending,
  onFetch,
}: {
  model: ModelItem;
  isPending: boolean;
  onFetch: () => void;
}) {
  const { file_name, can_fetch, error } = model;
  return (
    <Group gap="sm" justify="space-between" wrap="nowrap" align="flex-start">
      <div style={{ minWidth: 0 }}>
        <Anchor href={`${RELEASE}/${file_name}`} size="sm" fw={550} rel="noreferrer" target="_blank">
          {file_name}
        </Anchor>
        {!can_fetch && error && (
          <Code block fz="xs" mt={4} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {error}
          </Code>
        )}
      </div>
      {can_fetch && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
          loading={isPending}
          onClick={onFetch}
          aria-label={`Fetch ${file_name}`}
        >
          Fetch
        </Button>
      )}
    </Group>
  );
}
