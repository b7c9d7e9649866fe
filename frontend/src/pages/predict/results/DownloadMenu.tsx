import { Button, Checkbox, Group, Menu, Modal, NumberInput, Skeleton, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useLabelFormats } from "@/api/exports";
import { usePredictionExportPreview } from "@/api/predictionResults";
import type { LabelFormatName, Prediction } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { type CutParams, queryOf } from "@/prediction-data/cut";
import { ExportLossPanel } from "../../dataset/ExportLosses";

type Props = {
  prediction: Prediction;
  cut: CutParams;
  /** Whether the person may carry images away. */
  mayCarry: boolean;
  /** Frames of a video are not kept as files. */
  hasImages: boolean;
};

/** Everything that comes of a prediction as files, at the sliders' confidences and with the classes that are on. */
export function DownloadMenu({ prediction, cut, mayCarry, hasImages }: Props) {
  const formats = useLabelFormats();
  const [format, setFormat] = useState<LabelFormatName | null>(null);
  const [cropping, setCropping] = useState(false);
  const base = `/api/predictions/${prediction.id}`;
  const query = queryOf(cut);
  const link = (what: string, more = "") => ({
    component: "a" as const,
    href: `${base}/${what}?${query}${more}`,
    download: true,
  });
  const noPixels = !hasImages || !mayCarry;
  return (
    <>
      <Menu position="bottom-end" width={300}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconDownload size={16} />}>
            Download
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="70vh" style={{ overflow: "auto" }}>
          <Menu.Label>Labels and counts</Menu.Label>
          <Menu.Item {...link("labels.zip")}>YOLO labels (.zip)</Menu.Item>
          <Menu.Item {...link("result.json")}>JSON</Menu.Item>
          <Menu.Item {...link("result.jsonl")}>JSON lines, one an image</Menu.Item>
          <Menu.Item {...link("counts.csv", "&by=image")}>Counts by image (CSV)</Menu.Item>
          <Menu.Item {...link("counts.csv", "&by=class")}>Counts by class (CSV)</Menu.Item>
          <Menu.Label>Images</Menu.Label>
          {noPixels && (
            <Text size="xs" c="dimmed" px="sm" pb={4}>
              {mayCarry
                ? "Frames are not kept as files: get the video with its masks burnt in instead."
                : "Images of a dataset leave by its reviewers and team leads."}
            </Text>
          )}
          <Menu.Item disabled={noPixels} {...(noPixels ? {} : link("overlays.zip"))}>
            Images with masks drawn on them
          </Menu.Item>
          <Menu.Item disabled={noPixels} onClick={() => setCropping(true)}>
            Objects cut out …
          </Menu.Item>
          <Menu.Label>As a dataset</Menu.Label>
          {(formats.data ?? []).map(({ name, title }) => (
            <Menu.Item key={name} disabled={!mayCarry} onClick={() => setFormat(name as LabelFormatName)}>
              {title} …
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {cropping && <CropDialog base={base} query={query} onClose={() => setCropping(false)} />}
      {format && (
        <FormatDialog
          prediction={prediction.id}
          cut={cut}
          format={format}
          title={formats.data?.find(({ name }) => name === format)?.title ?? format}
          onClose={() => setFormat(null)}
        />
      )}
    </>
  );
}

function CropDialog({ base, query, onClose }: { base: string; query: string; onClose: () => void }) {
  const [margin, setMargin] = useState(5);
  const [cutOut, setCutOut] = useState(false);
  return (
    <Modal opened onClose={onClose} title="Objects cut out">
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Each object becomes an image of its own, in a folder of its class.
        </Text>
        <NumberInput
          label="Margin"
          description="Around the object, in percent of its longer side"
          min={0}
          max={200}
          suffix=" %"
          value={margin}
          onChange={(value) => setMargin(Number(value) || 0)}
        />
        <Checkbox
          label="Transparent outside the mask"
          description="PNG instead of JPEG"
          checked={cutOut}
          onChange={(event) => setCutOut(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button
            component="a"
            href={`${base}/crops.zip?${query}&margin=${Math.min(margin, 200) / 100}&cut_out=${cutOut}`}
            download
            onClick={onClose}
            leftSection={<IconDownload size={16} />}
          >
            Download
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function FormatDialog({
  prediction,
  cut,
  format,
  title,
  onClose,
}: {
  prediction: number;
  cut: CutParams;
  format: LabelFormatName;
  title: string;
  onClose: () => void;
}) {
  const preview = usePredictionExportPreview(prediction, format, cut);
  const { counts, losses } = preview;
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <Stack gap="md">
        {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
        {preview.isPending && <Skeleton height={160} />}
        {counts && losses && (
          <>
            <Text size="sm">
              {plural(counts.images, "image")} with {plural(counts.objects, "object")} at this confidence. The
              confidence of each is kept as its note, where the format has notes; JSON lines keep everything.
            </Text>
            <ExportLossPanel
              leavesOut={preview.leavesOut}
              counts={{ ...counts, with_attributes: 0 }}
              losses={losses}
              isLooking={preview.isFetching}
              onGoOn={preview.goOn}
            />
          </>
        )}
        <Group justify="flex-end">
          <Button
            component="a"
            href={`/api/predictions/${prediction}/export/?${queryOf({ ...cut, format })}`}
            download
            onClick={onClose}
            leftSection={<IconDownload size={16} />}
          >
            Download
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
