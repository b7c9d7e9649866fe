import { ActionIcon, Anchor, Button, Group, Progress, Text, Tooltip } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { Link } from "react-router";
import { formatBytes, plural } from "@/lib/format";
import { uploads, useUploads } from "@/uploads/uploads";
import { reasonAfterName, type UploadItem } from "@/uploads/queue";
import { TrayUnfinished } from "./TrayUnfinished";
import classes from "./Tray.module.css";

const SHOWN = 50;

/** Uploads of this window: the sum first, then each file on its way and each that did not arrive. */
export function TrayUploads() {
  const summary = useUploads();
  const { waiting, sending, done, refused, failed, total, bytesSent, bytesTotal, items } = summary;
  const busy = waiting + sending > 0;
  const onTheWay = items.filter((item) => item.state === "sending" || item.state === "paused");
  const notArrived = items.filter((item) => item.state === "refused" || item.state === "failed");
  const imports = items.filter((item) => item.importId !== null);
  const predictions = items.filter((item) => item.predictionId !== null);
  return (
    <div className={classes.item}>
      {items.length > 0 && (
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={500}>
            {busy
              ? `Uploading ${done} of ${plural(total, "file")}`
              : `Uploaded ${done} of ${plural(total, "file")}`}
          </Text>
          {busy ? (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => uploads.stopAll()}>
              Stop
            </Button>
          ) : (
            failed > 0 && (
              <Button size="compact-xs" variant="subtle" onClick={() => uploads.retryFailed()}>
                Try {plural(failed, "file")} again
              </Button>
            )
          )}
        </Group>
      )}
      {busy && (
        <>
          <Progress
            size={4}
            mt={6}
            value={bytesTotal > 0 ? (100 * bytesSent) / bytesTotal : 0}
            aria-label="Uploading"
          />
          <Text size="xs" c="dimmed" mt={4} className="tabular">
            {formatBytes(bytesSent)} of {formatBytes(bytesTotal)}
          </Text>
        </>
      )}
      {onTheWay.map((item) => (
        <FileLine key={item.id} item={item} />
      ))}
      {notArrived.length > 0 && (
        <Text size="xs" fw={600} mt={8} c="var(--mantine-color-error)">
          {[refused > 0 && `${refused} refused`, failed > 0 && `${failed} failed`].filter(Boolean).join(", ")}
        </Text>
      )}
      {notArrived.slice(0, SHOWN).map((item) => (
        <Text key={item.id} size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>
          <Text span fw={500} size="xs">
            {item.name}
          </Text>{" "}
          {reasonAfterName(item.name, item.reason)}
        </Text>
      ))}
      {notArrived.length > SHOWN && (
        <Text size="xs" c="dimmed" mt={4}>
          and {plural(notArrived.length - SHOWN, "more file")}
        </Text>
      )}
      {imports.map((item) => (
        <Anchor
          key={item.id}
          component={Link}
          to={`/datasets/${item.dataset}/imports/${item.importId}`}
          size="xs"
          display="block"
          mt={4}
        >
          Open the import of {item.name}
        </Anchor>
      ))}
      {predictions.map((item) => (
        <Anchor
          key={item.id}
          component={Link}
          to={`/predict/${item.predictionId}`}
          size="xs"
          display="block"
          mt={4}
        >
          Open the prediction on {item.name}
        </Anchor>
      ))}
      <TrayUnfinished />
    </div>
  );
}

function FileLine({ item }: { item: UploadItem }) {
  const percent = item.size > 0 ? Math.min(100, (100 * item.sent) / item.size) : 0;
  const shown = percent >= 100 ? "checking" : `${Math.floor(percent)} %`;
  return (
    <Group gap="xs" mt={4} wrap="nowrap">
      <Text size="xs" c="dimmed" truncate style={{ flex: 1 }} title={item.name}>
        {item.name}
      </Text>
      <Text size="xs" c="dimmed" className="tabular">
        {item.state === "paused" ? `paused at ${shown}` : shown}
      </Text>
      {item.fingerprint && <Controls item={item} />}
    </Group>
  );
}

/** An archive or a folder can be paused and dropped by itself: it may take hours. */
function Controls({ item }: { item: UploadItem }) {
  const paused = item.state === "paused";
  const verb = paused ? "Continue" : "Pause";
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip label={verb}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`${verb} ${item.name}`}
          onClick={() => (paused ? uploads.resume(item.id) : uploads.pause(item.id))}
        >
          {paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Cancel">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Cancel ${item.name}`}
          onClick={() => uploads.cancel(item.id)}
        >
          <IconX size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
