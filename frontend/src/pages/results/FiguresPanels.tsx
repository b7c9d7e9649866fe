import { SimpleGrid, Skeleton, Table, Text } from "@mantine/core";
import { memo, useCallback } from "react";
import { useNavigate } from "react-router";
import { useFigures } from "@/api/evaluations";
import type { Evaluation, FigureReason, Figures } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import type { ChartColors } from "@/components/chart/style";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ERROR_WORDS } from "@/lib/evaluations";
import { figureWords, formatThreshold } from "@/lib/figures";
import { formatCount, formatMetric, plural } from "@/lib/format";
import type { SelectionAddress } from "../review/address";
import { calibrationOption, filledBins } from "./figureCharts";
import { NumberLink } from "./NumberLink";
import classes from "./Results.module.css";

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
  if (!figures) return <Skeleton height={300} role="status" aria-label="Loading" />;
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
        <Sizes figures={figures} addressOf={addressOf} />
        <Errors figures={figures} evaluation={evaluation} addressOf={addressOf} />
        <Calibration figures={figures} addressOf={addressOf} />
      </SimpleGrid>
      <Overlap figures={figures} addressOf={addressOf} />
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
                  <NumberLink to={addressOf({ size: row.size }, confidence)}>{row.size}</NumberLink>
                </Table.Td>
                {[
                  { value: formatCount(row.labels), behind: { outcome: "labelled" } as const },
                  { value: figureWords(row.ap50, sizeReason(row)), behind: {} },
                  { value: figureWords(row.ap, sizeReason(row)), behind: {} },
                  {
                    value: figureWords(row.precision, row.reason),
                    behind: { outcome: "predicted" } as const,
                  },
                  { value: figureWords(row.recall, row.reason), behind: { outcome: "labelled" } as const },
                ].map(({ value, behind }, i) => (
                  <Table.Td key={i} ta="right">
                    <NumberLink to={addressOf({ size: row.size, ...behind }, confidence)}>{value}</NumberLink>
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Text size="xs" c="dimmed" p="md" pt="xs">
        Small under 32², medium under 96² pixels of the stored image, by the area of the label’s outline. AP
        is COCO’s; P and R are of all objects at confidence {formatThreshold(confidence)}, IoU{" "}
        {formatThreshold(figures.thresholds.iou)}, masks.
      </Text>
    </Panel>
  );
}

function Errors({ figures, evaluation, addressOf }: { figures: Figures } & PanelsProps) {
  const { errors } = figures;
  const most = Math.max(1e-9, ...errors.types.map(({ d_ap }) => d_ap));
  return (
    <Panel title="Kinds of errors" flush>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Error</Table.Th>
            <Table.Th ta="right">Count</Table.Th>
            <Table.Th ta="right">AP50 lost</Table.Th>
            <Table.Th w="35%">
              <span className="visually-hidden">Share</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {errors.types.map(({ type, count, d_ap }) => {
            const address = addressOf({ error: type }, errors.confidence);
            return (
              <Table.Tr key={type}>
                <Table.Td>
                  <NumberLink to={address}>{ERROR_WORDS[type]}</NumberLink>
                </Table.Td>
                <Table.Td ta="right">
                  <NumberLink to={address}>{formatCount(count)}</NumberLink>
                </Table.Td>
                <Table.Td ta="right">
                  {count > 0 ? (
                    <NumberLink to={address}>{formatMetric(d_ap)}</NumberLink>
                  ) : (
                    formatMetric(d_ap)
                  )}
                </Table.Td>
                <Table.Td>
                  <div className={classes.loss} style={{ width: `${(100 * Math.max(0, d_ap)) / most}%` }} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" p="md" pt="xs">
        What AP50 (
        <NumberLink to={addressOf({}, errors.confidence)}>
          {figureWords(evaluation.reason ? null : errors.ap50, evaluation.reason)}
        </NumberLink>
        ) would gain if these errors were none, and their number at confidence{" "}
        {formatThreshold(errors.confidence)}; right from IoU {formatThreshold(errors.foreground_iou)},
        background below {formatThreshold(errors.background_iou)}, masks. Kinds of errors are told within each
        class.
      </Text>
    </Panel>
  );
}

function Calibration({ figures, addressOf }: { figures: Figures } & Pick<PanelsProps, "addressOf">) {
  const { calibration } = figures;
  const navigate = useNavigate();
  const open = (item: unknown) => {
    const bin = filledBins(calibration)[(item as { dataIndex: number }).dataIndex];
    if (!bin) return;
    const from = Math.max(bin.begin, calibration.confidence_floor);
    void navigate(addressOf({ sure: [bin.begin, bin.end] }, from));
  };
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
        onPickItem={open}
        label={`Share of right predictions by confidence; expected calibration error ${formatMetric(calibration.expected_calibration_error)}`}
      />
      <Text size="xs" c="dimmed" mt={4}>
        Share of right ones among {plural(calibration.count, "prediction")} from confidence{" "}
        {formatThreshold(calibration.confidence_floor)} on, IoU {formatThreshold(calibration.iou)}, masks. On
        the dashed line a confidence of 0.8 is right 8 times in 10. A dot opens its predictions.
      </Text>
    </Panel>
  );
}

function Overlap({ figures, addressOf }: { figures: Figures } & Pick<PanelsProps, "addressOf">) {
  const { overlap, coco } = figures;
  const right = addressOf({ outcome: "right" }, overlap.confidence);
  const all = addressOf({}, overlap.confidence);
  return (
    <Text size="xs" c="dimmed" className="tabular">
      {overlap.count > 0 ? (
        <NumberLink to={right}>{plural(overlap.count, "right mask")}</NumberLink>
      ) : (
        "No right mask"
      )}{" "}
      at confidence {formatThreshold(overlap.confidence)}: mean IoU{" "}
      <NumberLink to={right}>{formatMetric(overlap.mask_iou)}</NumberLink>, boundary IoU{" "}
      <NumberLink to={right}>{formatMetric(overlap.boundary_iou)}</NumberLink>.
      {coco && (
        <>
          {" "}
          COCO’s definition: AP <NumberLink to={all}>{cocoWords(coco.ap, figures)}</NumberLink>, AP50{" "}
          <NumberLink to={all}>{cocoWords(coco.ap50, figures)}</NumberLink>, AP75{" "}
          <NumberLink to={all}>{cocoWords(coco.ap75, figures)}</NumberLink>; {coco.definition}
        </>
      )}
    </Text>
  );
}

type SizeRow = NonNullable<Figures["sizes"]>[number];

/** Without labels of a size nothing can be measured there; AP counts predictions of every confidence. */
const sizeReason = ({ labels, ap, reason }: SizeRow): FigureReason =>
  labels === 0 ? "nothing_to_measure" : ap === null ? reason : "";

const cocoWords = (value: number | null, { sizes }: Figures) =>
  figureWords(value, sizes?.every(({ labels }) => labels === 0) ? "nothing_to_measure" : "nothing_found");

function NotMeasured() {
  return (
    <Text size="sm" c="dimmed" px="md">
      Not measured when this evaluation was made.
    </Text>
  );
}
