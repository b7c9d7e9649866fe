import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useMoveServed } from "@/api/served";
import type { ServedModel } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ModelChoice } from "./ModelChoice";

/** Points a name at another model. */
export function MoveDialog({ served, onClose }: { served: ServedModel; onClose: () => void }) {
  const [model, setModel] = useState("");
  const move = useMoveServed(served.name);
  return (
    <Modal opened onClose={onClose} title={`Move “${served.name}”`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (model !== "") move.mutate(model, { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            Now: {served.model.name}. The other model is loaded first, then the name moves; requests under way
            end with the present one, and moving back takes a second.
          </Text>
          <ModelChoice value={model} onChange={setModel} dataset={served.dataset} />
          {move.isError && <ErrorNotice error={move.error} />}
          {move.isPending && (
            <Text size="sm" c="dimmed" role="status">
              The model is being loaded.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={model === ""} loading={move.isPending}>
              Move
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
