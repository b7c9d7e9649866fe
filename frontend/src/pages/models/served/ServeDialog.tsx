import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useServe } from "@/api/served";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ModelChoice } from "./ModelChoice";
import { nameProblem } from "./words";

const MOST = 6000;

/** Gives a model a name under which it answers at once. */
export function ServeDialog({
  model: first,
  onClose,
  onServed,
}: {
  model: string;
  onClose: () => void;
  onServed: (name: string) => void;
}) {
  const [name, setName] = useState("");
  const [model, setModel] = useState(first);
  const [most, setMost] = useState<number | string>(600);
  const serve = useServe();
  const problem = nameProblem(name);
  const isReady = name !== "" && problem === null && model !== "" && typeof most === "number";
  return (
    <Modal opened onClose={onClose} title="Serve a model">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady) return;
          serve.mutate({ name, model, requests_per_minute: most }, { onSuccess: () => onServed(name) });
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Scripts ask for it by this name; you can move it to a better model later."
            placeholder="helmets"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem}
            required
            data-autofocus
          />
          <ModelChoice value={model} onChange={setModel} />
          <NumberInput
            label="Requests a minute, for each token"
            min={1}
            max={MOST}
            allowDecimal={false}
            value={most}
            onChange={setMost}
          />
          {serve.isError && <ErrorNotice error={serve.error} />}
          {serve.isPending && (
            <Text size="sm" c="dimmed" role="status">
              The model is being loaded: a few seconds where none is warm.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!isReady} loading={serve.isPending}>
              Serve
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
