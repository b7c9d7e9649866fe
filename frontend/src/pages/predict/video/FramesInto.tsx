import { Button, Text } from "@mantine/core";

/** Where frames go, once it was chosen. */
export function FramesInto({ dataset, onChoose }: { dataset: string; onChoose: () => void }) {
  if (dataset === "") return null;
  return (
    <Text size="sm" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>
      Frames go into {dataset}.{" "}
      <Button size="compact-xs" variant="subtle" onClick={onChoose}>
        Another dataset
      </Button>
    </Text>
  );
}
