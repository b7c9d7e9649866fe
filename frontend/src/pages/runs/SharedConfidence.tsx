import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { Panel } from "@/components/Page";
import { formatThreshold } from "@/lib/figures";
import type { CompareAddress } from "./compare";
import type { Measured } from "./measured";

/** One confidence for all runs: a figure of one is not compared with a figure of another at another place. */
export function SharedConfidence({
  measured,
  address,
  onAddress,
}: {
  measured: Measured;
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const { comparison } = measured;
  if (!comparison) return null;
  const best = comparison.evaluations[0]?.best_confidence.mask ?? 0;
  return (
    <Panel>
      <Group gap="md">
        <ConfidenceSlider
          value={address.confidence ?? comparison.confidence}
          min={comparison.evaluations[0]?.confidence_floor ?? 0}
          best={best}
          onSettle={(confidence) => onAddress({ confidence })}
        />
        <Button
          size="compact-xs"
          variant={address.confidence === null ? "light" : "default"}
          onClick={() => onAddress({ confidence: null })}
        >
          Best of the first run {formatThreshold(best)}
        </Button>
        <SegmentedControl
          size="xs"
          aria-label="Figures of masks or boxes"
          value={address.basis}
          onChange={(value) => onAddress({ basis: value === "box" ? "box" : "mask" })}
          data={[
            { value: "mask", label: "Masks" },
            { value: "box", label: "Boxes" },
          ]}
        />
        <Text size="xs" c="dimmed">
          One confidence for all runs: precision, recall, F1, images and objects are counted at it, at IoU{" "}
          {formatThreshold(comparison.iou)}. mAP is over all confidences.
        </Text>
      </Group>
    </Panel>
  );
}
