import { Tooltip } from "@mantine/core";
import { formatAgo, formatMoment } from "@/lib/format";

export function Ago({ time }: { time: string }) {
  return (
    <Tooltip label={formatMoment(time)}>
      <time dateTime={time} style={{ whiteSpace: "nowrap" }}>
        {formatAgo(time)}
      </time>
    </Tooltip>
  );
}
