import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { IconBox, IconDownload } from "@tabler/icons-react";
import { Link } from "react-router";
import { ErrorNotice } from "@/components/ErrorNotice";
import { useFetchPretrained } from "./api";
import type { ModelItem } from "@/api/types";
import { ModelSelect } from "./ModelSelect";
import { isUsable } from "./modelList";

/** The choice of a model, and what to do where it cannot be used. */
export function ModelField({
  models,
  model,
  wanted,
  error,
  onChange,
}: {
  models: readonly ModelItem[];
  model: ModelItem | undefined;
  /** What the address names. */
  wanted: string;
  error?: string | undefined;
  onChange: (reference: string) => void;
}) {
  const isGone = wanted !== "" && !model;
  return (
    <div>
      <ModelSelect
        models={models}
        value={model}
        error={error ?? (isGone ? `There is no model “${wanted}”, or you may not use it.` : undefined)}
        onChange={onChange}
      />
      {model && !isUsable(model) && <NotUsable model={model} />}
      {!models.some(isUsable) && (
        <Alert mt="sm" variant="light" icon={<IconBox size={18} />} title="No model yet">
          <Text size="sm">
            <Anchor component={Link} to="/runs/new" size="sm">
              Train one
            </Anchor>
            , or bring a .pt file to{" "}
            <Anchor component={Link} to="/models?part=weights" size="sm">
              Models, Weights
            </Anchor>
            .
          </Text>
        </Alert>
      )}
    </div>
  );
}

function NotUsable({ model }: { model: ModelItem }) {
  const fetching = useFetchPretrained();
  const { state, error, can_fetch, name } = model;
  return (
    <Alert mt="sm" variant="light" color={state === "missing" && !can_fetch ? "yellow" : undefined} p="sm">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {state === "missing" && can_fetch
          ? `${name} is not on this server yet; a worker can fetch it.`
          : error || "A worker reads the file first: it can be used in a moment."}
      </Text>
      {state === "missing" && can_fetch && (
        <Group mt="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDownload size={14} />}
            loading={fetching.isPending}
            onClick={() => fetching.mutate(name)}
          >
            Fetch it
          </Button>
        </Group>
      )}
      {fetching.isError && <ErrorNotice error={fetching.error} />}
    </Alert>
  );
}
