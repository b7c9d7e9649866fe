import { Alert, Loader, Text } from "@mantine/core";
import { useEffect, useState } from "react";

/** Answers that come sooner than this need no word. */
const QUIET_MS = 600;

/** Says that a model is being loaded, once an answer has not come at once; and what it waits for. */
export function Waiting({ since, reason }: { since: number | null; reason: string }) {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [since]);
  const waited = since === null ? 0 : now - since;
  if (!reason && waited < QUIET_MS) return null;
  return (
    <Alert variant="light" p="xs" icon={<Loader size={16} />} role="status">
      <Text size="sm" className="tabular">
        {reason || `Loading the model${waited >= 1000 ? ` (${Math.floor(waited / 1000)} s)` : ""} …`}
      </Text>
    </Alert>
  );
}
