import { Button, Menu, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useDeferredValue, useMemo } from "react";
import type { Prediction } from "@/api/types";
import { Chart } from "@/components/chart/Chart";
import { ClassDot } from "@/components/ClassDot";
import { Panel } from "@/components/Page";
import { formatCount } from "@/lib/format";
import type { Columns } from "@/prediction-data/columns";
import { type Cut, cutParams, queryOf, thresholdsOf } from "@/prediction-data/cut";
import { histogramOf, overTime, spreadOf, type Tally } from "@/prediction-data/tally";
import { classBars, confidenceBars, spreadBars, timeLines } from "./charts";
import classes from "./results.module.css";

const MOST_OBJECTS = 20;
const BAR_PX = 26;

type Props = { prediction: Prediction; columns: Columns; tally: Tally; cut: Cut };

/** Counts by class, by confidence, by image and over time, and as CSV. They follow the sliders. */
export function CountCharts({ prediction, columns, tally: now, cut: nowCut }: Props) {
  const tally = useDeferredValue(now);
  const cut = useDeferredValue(nowCut);
  const histogram = useMemo(
    () => histogramOf(columns, prediction.classes.length),
    [columns, prediction.classes.length],
  );
  const counted = useMemo(
    () =>
      prediction.classes.flatMap((each, index) => {
        const row = histogram[index];
        if (!row || !row.some((count) => count > 0)) return [];
        return [
          {
            ...each,
            index,
            histogram: row,
            count: tally.ofClass[index] ?? 0,
            images: tally.imagesOfClass[index] ?? 0,
          },
        ];
      }),
    [prediction.classes, histogram, tally],
  );
  const byClass = useMemo(() => classBars(counted), [counted]);
  const shape = useMemo(() => confidenceBars(counted), [counted]);
  const spread = useMemo(() => spreadOf(tally, columns.hasError, MOST_OBJECTS), [tally, columns]);
  const bySpread = useMemo(() => spreadBars(spread, MOST_OBJECTS), [spread]);
  const isVideo = columns.timeMs !== null;
  const byTime = useMemo(
    () =>
      isVideo
        ? timeLines(prediction.classes, overTime(columns, thresholdsOf(cut, prediction.classes.length)))
        : null,
    [isVideo, columns, cut, prediction.classes],
  );
  const query = queryOf(cutParams(cut, prediction.classes.length));
  const address = `/api/predictions/${prediction.id}/counts.csv?${query}`;
  return (
    <div className={classes.charts}>
      <Panel
        title="Objects by class"
        aside={
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="compact-sm" variant="default" leftSection={<IconDownload size={15} />}>
                CSV
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item component="a" href={`${address}&by=image`} download>
                By {isVideo ? "frame" : "image"}
              </Menu.Item>
              <Menu.Item component="a" href={`${address}&by=class`} download>
                By class
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        }
      >
        <div style={{ maxHeight: 420, overflow: "auto" }}>
          <Chart
            option={byClass}
            height={Math.max(120, counted.length * BAR_PX + 40)}
            label={`Objects by class: ${counted.map(({ name, count }) => `${name} ${count}`).join(", ")}`}
          />
        </div>
      </Panel>
      <Panel title="Confidence of all that was found">
        <Chart
          option={shape}
          height={260}
          label="Objects by confidence, stacked by class"
          mark={{ x: Math.round(cut.confidence * 100), line: true }}
        />
      </Panel>
      <Panel title={isVideo ? "Objects in a frame" : "Objects in an image"}>
        <Chart option={bySpread} height={260} label="How many images hold how many objects" />
      </Panel>
      {byTime && (
        <div className={classes.wide}>
          <Panel title="Objects over time">
            <Chart option={byTime} height={260} label="Mean count of each class over time" />
          </Panel>
        </div>
      )}
      <div className={classes.wide}>
        <Panel title="In figures" flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Class</Table.Th>
                <Table.Th ta="right">Objects</Table.Th>
                <Table.Th ta="right">{isVideo ? "Frames" : "Images"} with it</Table.Th>
                <Table.Th ta="right">Found from 0.05 on</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {counted.map(({ name, color, index, count, images, histogram: row }) => (
                <Table.Tr key={index}>
                  <Table.Td>
                    <ClassDot color={color} />{" "}
                    <Text span size="sm">
                      {name}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {formatCount(count)}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {formatCount(images)}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {formatCount(row.reduce((sum, each) => sum + each, 0))}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      </div>
    </div>
  );
}
