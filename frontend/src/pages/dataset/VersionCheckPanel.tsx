import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  NumberInput,
  Skeleton,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconCircleCheck, IconTool } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { Link, useNavigate } from "react-router";
import { isActive } from "@/api/jobs";
import type { LossKind, LossLine, VersionCheck, VersionCheckSettings } from "@/api/types";
import { useAskVersionCheck, useLossImages, useRepair, useVersionCheck } from "@/api/versions";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { ProgressLine } from "@/components/ProgressLine";
import { formatCount, plural } from "@/lib/format";

type CheckProps = {
  slug: string;
  version: number;
  settings: VersionCheckSettings;
  mayRepair: boolean;
  /** Called with a setting of the run that avoids a loss. */
  onSetting?: (change: { image_size?: number; overlap_mask?: boolean }) => void;
};

/** What a training would drop, merge or blur of a version: each kind with its images and its repair. */
export function VersionCheckPanel({ slug, version, settings, mayRepair, onSetting }: CheckProps) {
  const { mutate: ask, data: asked, isError, error, isPending } = useAskVersionCheck(version);
  const {
    image_size: size,
    mask_ratio: ratio = 4,
    overlap_mask: overlap = true,
    single_class: single = false,
  } = settings;
  useEffect(() => {
    if (size < 32 || size > 4096) return;
    // A number is typed digit by digit: ask for what stays.
    const timer = setTimeout(
      () => ask({ image_size: size, mask_ratio: ratio, overlap_mask: overlap, single_class: single }),
      400,
    );
    return () => clearTimeout(timer);
  }, [ask, version, size, ratio, overlap, single]);
  const query = useVersionCheck(asked?.id ?? null);
  const check = query.data ?? asked;
  if (isError) return <ErrorNotice error={error} />;
  if (!check || isPending) return <Skeleton height={80} />;
  if (isActive(check.state))
    return <ProgressLine progress={check.progress} label={`Reading the labels at ${size} pixels`} />;
  if (check.state !== "finished") {
    return (
      <ErrorNotice
        title="The labels could not be read"
        error={new Error(check.error || "It was cancelled.")}
      />
    );
  }
  if (check.lines.length === 0) {
    return (
      <Alert color="teal" variant="light" icon={<IconCircleCheck size={18} />}>
        At {check.image_size} pixels all {plural(check.instances, "object")} of{" "}
        {plural(check.images, "image")} are trained on as they are.
      </Alert>
    );
  }
  return <Lines {...{ slug, check, mayRepair, onSetting }} />;
}

function Lines({
  slug,
  check,
  mayRepair,
  onSetting,
}: Pick<CheckProps, "slug" | "mayRepair" | "onSetting"> & { check: VersionCheck }) {
  const [shown, setShown] = useState<string | null>(null);
  const [repairing, setRepairing] = useState<LossLine | null>(null);
  return (
    <Stack gap="sm">
      <Text size="sm">
        At {check.image_size} pixels, of {plural(check.instances, "object")} in{" "}
        {plural(check.images, "image")}:
      </Text>
      <Table verticalSpacing={6}>
        <Table.Tbody>
          {check.lines.map((line) => (
            <Table.Tr key={line.kind} style={{ verticalAlign: "top" }}>
              <Table.Td>
                <Group gap={8}>
                  <Text size="sm" fw={600}>
                    {line.title}
                  </Text>
                  <Badge variant="light" color="yellow">
                    {formatCount(line.objects)} in {plural(line.images, "image")}
                  </Badge>
                </Group>
                <Text size="xs" c="dimmed">
                  {line.advice}
                </Text>
                <Group gap="sm" mt={4}>
                  <Anchor
                    component="button"
                    type="button"
                    size="xs"
                    aria-expanded={shown === line.kind}
                    onClick={() => setShown(shown === line.kind ? null : line.kind)}
                  >
                    {shown === line.kind ? "Hide images" : "Show images"}
                  </Anchor>
                  {mayRepair && line.repair && (
                    <Button
                      size="compact-xs"
                      variant="light"
                      leftSection={<IconTool size={12} />}
                      onClick={() => setRepairing(line)}
                    >
                      {REPAIR_WORDS[line.repair] ?? "Repair"} …
                    </Button>
                  )}
                  {onSetting && line.setting === "overlap_mask" && (
                    <Button
                      size="compact-xs"
                      variant="light"
                      onClick={() => onSetting({ overlap_mask: false })}
                    >
                      Train with overlap_mask off
                    </Button>
                  )}
                  {onSetting && line.setting === "image_size" && (
                    <Button
                      size="compact-xs"
                      variant="light"
                      onClick={() => onSetting({ image_size: largerSize(check) })}
                    >
                      Train at {largerSize(check)} pixels
                    </Button>
                  )}
                </Group>
                {shown === line.kind && (
                  <LossImages slug={slug} check={check.id} kind={line.kind as LossKind} />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {repairing && (
        <RepairDialog slug={slug} check={check} line={repairing} onClose={() => setRepairing(null)} />
      )}
    </Stack>
  );
}

const REPAIR_WORDS: Record<string, string> = {
  delete_images: "Move to the trash",
  duplicates: "Remove repeated objects",
  specks: "Delete specks",
  split_parts: "Split off parts",
  fill_holes: "Fill these holes",
};

/** The next image size that helps: what the vanishing objects need, else half as much again; 2,048 at most. */
export function largerSize(check: Pick<VersionCheck, "image_size" | "suggested_size">): number {
  const half = Math.ceil((check.image_size * 1.5) / 32) * 32;
  return Math.min(2048, Math.max(half, check.suggested_size ?? 0));
}

function LossImages({ slug, check, kind }: { slug: string; check: number; kind: LossKind }) {
  const images = useLossImages(check, kind);
  if (images.isError) return <ErrorNotice error={images.error} />;
  if (images.isPending) return <Skeleton height={80} mt={8} />;
  return (
    <div style={{ maxHeight: 320, overflowY: "auto", marginTop: 8 }}>
      <Group gap={8} align="flex-start">
        {images.items.map((image) => (
          <Stack key={image.split + image.name} gap={2} w={104}>
            {image.image ? (
              <Anchor component={Link} to={`/datasets/${slug}/edit/${image.image}`} size="xs">
                <img
                  src={image.thumbnail_url}
                  alt=""
                  loading="lazy"
                  width={104}
                  height={78}
                  style={{ objectFit: "cover", display: "block" }}
                />
                <Text size="xs" truncate title={image.name}>
                  {image.name}
                </Text>
              </Anchor>
            ) : (
              <Text size="xs" truncate title={image.name}>
                {image.name} (gone)
              </Text>
            )}
            <Text size="xs" c="dimmed" lineClamp={3} title={image.detail}>
              {image.detail || plural(image.count, "object")}
            </Text>
          </Stack>
        ))}
      </Group>
      <LoadMore list={images} />
    </div>
  );
}

type RepairProps = { slug: string; check: VersionCheck; line: LossLine; onClose: () => void };

/** What a repair changes, and then the repair: of the live labels, as a job. */
function RepairDialog({ slug, check, line, onClose }: RepairProps) {
  const [below, setBelow] = useState<number | string>(line.repair === "fill_holes" ? check.mask_ratio : 2);
  const repair = useRepair(slug, check.id);
  const navigate = useNavigate();
  const hasSize = line.repair === "specks" || line.repair === "fill_holes";
  const images = plural(line.images, "image");
  const consequences = [
    `The live labels of up to ${images} change; the frozen version stays as it is.`,
    ...(hasSize
      ? [
          <NumberInput
            key="below"
            label={`Whose shorter side is below … pixels at ${check.image_size}`}
            min={0.5}
            max={64}
            step={0.5}
            value={below}
            onChange={setBelow}
          />,
        ]
      : []),
    line.repair === "delete_images"
      ? "They come back from the trash."
      : "The page of the change takes it back, image by image, unless somebody has edited them since.",
    "Freeze again afterwards, to train on what was repaired.",
  ];
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`${REPAIR_WORDS[line.repair] ?? "Repair"}: ${line.title.toLowerCase()}`}
      consequences={consequences}
      confirmLabel={REPAIR_WORDS[line.repair] ?? "Repair"}
      onConfirm={() =>
        repair.mutate(
          { kind: line.kind as LossKind, below_px: Number(below) || 2 },
          { onSuccess: (job) => void navigate(`/datasets/${slug}/changes/${job.id}`) },
        )
      }
      pending={repair.isPending}
      error={repair.error}
    />
  );
}
