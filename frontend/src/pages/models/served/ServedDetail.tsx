import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconArrowsExchange, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import { useMoveServedBack, useStopServing } from "@/api/served";
import type { ServedModel } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { may } from "@/lib/roles";
import { Candidates } from "./Candidates";
import { HowToCall } from "./HowToCall";
import { LimitForm } from "./LimitForm";
import { MoveDialog } from "./MoveDialog";
import { MoveHistory } from "./MoveHistory";
import { Traffic } from "./Traffic";
import { targetAddress } from "./words";

/** One name: what is behind it, how it is called, and how it does. */
export function ServedDetail({ served, onStopped }: { served: ServedModel; onStopped: () => void }) {
  const dataset = useDataset(served.dataset);
  const mayManage = may(dataset.data?.role, "manage");
  return (
    <Stack gap="md" style={{ minWidth: 0 }}>
      <Behind served={served} mayManage={mayManage} onStopped={onStopped} />
      <HowToCall url={served.url} most={served.requests_per_minute} />
      <Traffic name={served.name} />
      <Candidates name={served.name} mayManage={mayManage} />
      <MoveHistory name={served.name} />
    </Stack>
  );
}

function Behind({
  served,
  mayManage,
  onStopped,
}: {
  served: ServedModel;
  mayManage: boolean;
  onStopped: () => void;
}) {
  const [open, setOpen] = useState<"move" | "stop" | null>(null);
  const back = useMoveServedBack(served.name);
  const stop = useStopServing(served.name);
  const address = targetAddress(served.model);
  return (
    <Panel title={served.name}>
      <Stack gap="sm">
        <div>
          {address ? (
            <Anchor component={Link} to={address} style={{ overflowWrap: "anywhere" }}>
              {served.model.name}
            </Anchor>
          ) : (
            <Text style={{ overflowWrap: "anywhere" }}>{served.model.name}</Text>
          )}
          <Text size="sm" c="dimmed" lineClamp={2} title={served.class_names.join(", ")}>
            Finds {served.class_names.join(", ")} · {served.image_size} px · {served.dataset_name}
          </Text>
          <Text size="xs" c="dimmed" ff="monospace" title={served.model.sha256}>
            {served.model.reference} · sha256 {served.model.sha256.slice(0, 12)}
          </Text>
          <Text size="xs" c="dimmed">
            Since <Ago time={served.moved_at} />
            {served.moved_by && `, by ${served.moved_by.display_name}`}
          </Text>
        </div>
        {mayManage && (
          <Group gap="xs">
            <Button size="xs" leftSection={<IconArrowsExchange size={16} />} onClick={() => setOpen("move")}>
              Move …
            </Button>
            {served.former && (
              <Button
                size="xs"
                variant="default"
                leftSection={<IconArrowBackUp size={16} />}
                loading={back.isPending}
                onClick={() => back.mutate(undefined)}
                title={`To ${served.former.name}`}
              >
                Move back
              </Button>
            )}
            <Button
              size="xs"
              variant="subtle"
              color="red"
              leftSection={<IconTrash size={16} />}
              onClick={() => setOpen("stop")}
            >
              Stop serving …
            </Button>
          </Group>
        )}
        {served.former && mayManage && (
          <Text size="xs" c="dimmed">
            Back leads to {served.former.name}.
          </Text>
        )}
        {mayManage && <LimitForm key={served.requests_per_minute} served={served} />}
        {back.isError && <ErrorNotice error={back.error} />}
      </Stack>
      {open === "move" && <MoveDialog served={served} onClose={() => setOpen(null)} />}
      <ConfirmDialog
        opened={open === "stop"}
        onClose={() => setOpen(null)}
        title={`Stop serving “${served.name}”?`}
        consequences={[
          "Scripts that ask for this name get “not found” from now on.",
          "The figures of its requests and its history are deleted.",
          "The model itself stays.",
        ]}
        confirmLabel="Stop serving"
        onConfirm={() => stop.mutate(undefined, { onSuccess: onStopped })}
        pending={stop.isPending}
        error={stop.error}
      />
    </Panel>
  );
}
