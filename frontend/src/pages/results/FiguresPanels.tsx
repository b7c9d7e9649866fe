import { Anchor, SimpleGrid, Skeleton, Table, Text } from "@mantine/core";
import { memo, useCallback } from "react";
import { Link } from "react-router";
import { useFigures } from "@/api/evaluations";
import type { Evaluation, Figures } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { formatCount, formatMetric, plural } from "@/lib/format";
import type { SelectionAddress } from "../review/address";
import { calibrationOption, ERROR_WORDS, errorOption } from "./figureCharts";

type PanelsProps = {
  evaluation: Evaluation;
  /** The objects of a selection, at the thresholds of these figures. */
  addressOf: (selection: Partial<SelectionAddress>, confidence: number) => string;
};

/** What the server measured once: by size, by kind of error, how far confidences can be trusted. They hold
 *  at thresholds of their own, which stand beside them. */
export const FiguresPanels = memo(function FiguresPanels({ evaluation, addressOf }: PanelsProps) {
  const query = useFigures(evaluation.id);
  const figures = query.data;
  if (query.isError) return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (!figures) return <Skeleton height={300} aria-label="Loading" />;
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
        <Sizes figures={figures} addressOf={addressOf} />
        <Errors figures={figures} />
        <Calibration figures={figures} />
      </SimpleGrid>
      <Overlap figures={figures} />
      {figures.notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </>
  );
});

function Sizes({ figures, addressOf }: { figures: Figures } & Pick<PanelsProps, "addressOf">) {
  const { confidence } = figures.thresholds;
  return (
    <Panel title="Masks by size" flush>
      {figures.sizes === null ? (
        <NotMeasured />
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Size</Table.Th>
              {["Objects", "AP50", "AP", "P", "R"].map((name) => (
                <Table.Th key={name} ta="right">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {figures.sizes.map((row) => (
              <Table.Tr key={row.size}>
                <Table.Td>
                  <Anchor
                    component={Link}
                    c="inherit"
                    size="sm"
                    to={addressOf({ size: row.size }, confidence)}
                  >
                    {row.size}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">{formatCount(row.labels)}</Table.Td>
                {[row.ap50, row.ap, row.precision, row.recall].map((value, i) => (
                  <Table.Td key={i} ta="right">
                    {formatMetric(value)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Text size="xs" c="dimmed" p="md" pt="xs">
        Small under 32², medium under 96² pixels of the stored image. P and R at confidence{" "}
        {confidence.toFixed(2)}, IoU 0.50, masks.
      </Text>
    </Panel>
  );
}

function Errors({ figures }: { figures: Figures }) {
  const { errors } = figures;
  const option = useCallback((colors: ChartColors) => errorOption(colors, errors), [errors]);
  return (
    <Panel title="Kinds of errors">
      <Chart
        option={option}
        height={200}
        label={errors.types
          .map(({ type, count, d_ap }) => `${ERROR_WORDS[type]}: ${count}, AP50 ${formatMetric(d_ap)}`)
          .join("; ")}
      />
      <Text size="xs" c="dimmed" mt={4}>
        What AP50 ({formatMetric(errors.ap50)}) would gain if these errors were none, and their number at
        confidence {errors.confidence.toFixed(2)}; right from IoU {errors.foreground_iou.toFixed(2)},
        background below {errors.background_iou.toFixed(2)}, masks.
      </Text>
    </Panel>
  );
}

function Calibration({ figures }: { figures: Figures }) {
  const { calibration } = figures;
  const option = useCallback((colors: ChartColors) => calibrationOption(colors, calibration), [calibration]);
  return (
    <Panel
      title="Can confidences be trusted?"
      aside={
        <Text size="sm" fw={600} className="tabular">
          error {formatMetric(calibration.expected_calibration_error)}
        </Text>
      }
    >
      <Chart
        option={option}
        height={200}
        label={`Share of right predictions by confidence; expected calibration error ${formatMetric(calibration.expected_calibration_error)}`}
      />
      <Text size="xs" c="dimmed" mt={4}>
        Share of right ones among {plural(calibration.count, "prediction")} from confidence{" "}
        {calibration.confidence_floor.toFixed(2)} on, IoU {calibration.iou.toFixed(2)}, masks. On the dashed
        line a confidence of 0.8 is right 8 times in 10.
      </Text>
    </Panel>
  );
}

function Overlap({ figures }: { figures: Figures }) {
  const { overlap, coco, ap } = figures;
  const at75 = ap.mean.mask[5];
  return (
    <Text size="xs" c="dimmed" className="tabular">
      {plural(overlap.count, "right mask")} at confidence {overlap.confidence.toFixed(2)}: mean IoU{" "}
      {formatMetric(overlap.mask_iou)}, boundary IoU {formatMetric(overlap.boundary_iou)}. Mask AP75{" "}
      {formatMetric(at75)}.
      {coco &&
        ` COCO's definition: AP ${formatMetric(coco.ap)}, AP50 ${formatMetric(coco.ap50)}, AP75 ${formatMetric(coco.ap75)}; ${coco.definition}`}
    </Text>
  );
}

function NotMeasured() {
  return (
    <Text size="sm" c="dimmed" px="md">
      Not measured when this evaluation was made.
    </Text>
  );
}
