import { Button, Group, NumberInput, RangeSlider, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useDatasetWindow, useSetWindow } from "@/api/windows";
import type { DatasetWindow, ImageValues } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatCount, plural } from "@/lib/format";

type WindowEnds = readonly [low: number, high: number];

type Props = {
  slug: string;
  mayManage: boolean;
  /** Of the image that is looked at, if one is. */
  values?: ImageValues | undefined;
  /** The ends that are tried out and not set; null when they are those of the dataset. */
  onTry?: (ends: WindowEnds | null) => void;
};

/** The window through which images of more than 8 bits a value are shown and trained; nothing where there are none. */
export function WindowControl({ slug, ...props }: Props) {
  const window = useDatasetWindow(slug);
  if (window.isError) return <ErrorNotice error={window.error} onRetry={() => void window.refetch()} />;
  if (!window.data || window.data.low === null || window.data.high === null) return null;
  const ends: WindowEnds = [window.data.low, window.data.high];
  return <WindowForm key={ends.join("-")} slug={slug} state={window.data} ends={ends} {...props} />;
}

function WindowForm({
  slug,
  mayManage,
  values,
  onTry,
  state,
  ends,
}: Props & { state: DatasetWindow; ends: WindowEnds }) {
  const set = useSetWindow(slug);
  const [draft, setDraft] = useState(ends);
  const [low, high] = draft;
  const isSame = low === ends[0] && high === ends[1];
  const most = Math.max(values?.highest ?? 0, state.highest, ends[1]);
  const move = (next: WindowEnds): void => {
    setDraft(next);
    onTry?.(next[0] === ends[0] && next[1] === ends[1] ? null : next);
  };
  const end = (name: string, value: number, change: (value: number) => WindowEnds) => (
    <NumberInput
      size="xs"
      w={110}
      label={name}
      min={0}
      max={most}
      allowDecimal={false}
      thousandSeparator=","
      value={value}
      onChange={(typed) => {
        const next = change(Number(typed));
        if (typed !== "" && next[0] < next[1]) move(next);
      }}
    />
  );
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        Window
      </Text>
      <RangeSlider
        size="sm"
        min={0}
        max={most}
        minRange={1}
        value={[low, high]}
        label={formatCount}
        thumbFromLabel="Black up to"
        thumbToLabel="White from"
        onChange={move}
      />
      <Group gap="xs" grow>
        {end("Black up to", low, (value) => [value, high])}
        {end("White from", high, (value) => [low, value])}
      </Group>
      <Text size="xs" c="dimmed">
        Level {formatCount(Math.round((low + high) / 2))}, window {formatCount(high - low)}.
        {values && ` This image: ${formatCount(values.lowest)} to ${formatCount(values.highest)}.`}
      </Text>
      {state.waiting > 0 && (
        <Text size="xs" role="status">
          {formatCount(state.images - state.waiting)} of {plural(state.images, "image")} rendered.
        </Text>
      )}
      {set.isError && <ErrorNotice error={set.error} />}
      {mayManage ? (
        <Group gap="xs">
          <Button
            size="xs"
            disabled={isSame}
            loading={set.isPending}
            onClick={() => set.mutate({ low, high })}
          >
            Use for {plural(state.images, "image")}
          </Button>
          {!isSame && (
            <Button size="xs" variant="default" onClick={() => move(ends)}>
              Undo
            </Button>
          )}
          {!state.is_automatic && isSame && (
            <Button size="xs" variant="default" onClick={() => set.mutate({ is_automatic: true })}>
              Automatic
            </Button>
          )}
        </Group>
      ) : (
        !isSame && (
          <Text size="xs" c="dimmed">
            Only you see this. A team lead sets it for everybody and for training.
          </Text>
        )
      )}
    </Stack>
  );
}
