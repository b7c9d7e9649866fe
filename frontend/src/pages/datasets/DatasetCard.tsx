import { Group, Progress, Text, Tooltip } from "@mantine/core";
import { IconPhoto, IconUsers } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Dataset, Run } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { STATE_WORDS } from "@/components/StateBadge";
import { isActive } from "@/api/jobs";
import { figureWords } from "@/lib/figures";
import { formatCount, plural } from "@/lib/format";
import { Mosaic } from "./Mosaic";
import classes from "./Datasets.module.css";

const CLASSES_SHOWN = 4;

export function DatasetCard({ dataset, latest }: { dataset: Dataset; latest: Run | undefined }) {
  const { name, slug, counts, cover, member_count: members } = dataset;
  const finished = counts.done + counts.accepted;
  const share = (images: number) => (counts.images > 0 ? (100 * images) / counts.images : 0);
  const live = dataset.classes.filter((item) => !item.is_retired);
  return (
    <article className={classes.card}>
      {cover.length > 0 ? (
        <Mosaic cover={cover} classList={dataset.classes} />
      ) : (
        <div className={classes.mosaic} data-count={0}>
          <IconPhoto size={28} stroke={1.2} aria-hidden="true" />
        </div>
      )}
      <div className={classes.body}>
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Link to={`/datasets/${slug}`} className={classes.link} title={name} style={{ minWidth: 0 }}>
            <Text fw={600} truncate>
              {name}
            </Text>
          </Link>
          <Tooltip label={plural(members, "member")}>
            <Group gap={4} wrap="nowrap" c="dimmed" style={{ position: "relative", zIndex: 1 }}>
              <IconUsers size={15} aria-hidden="true" />
              <Text size="xs" className="tabular" aria-label={plural(members, "member")}>
                {members}
              </Text>
            </Group>
          </Tooltip>
        </Group>
        <div>
          <Group justify="space-between" gap="xs" mb={4}>
            <Text size="xs" c="dimmed" className="tabular">
              {counts.images === 0
                ? "No images yet"
                : `${formatCount(finished)} of ${plural(counts.images, "image")} done`}
            </Text>
            <LastRun run={latest} />
          </Group>
          <Progress.Root
            size={4}
            role="img"
            aria-label={`${finished} of ${counts.images} images done, ${counts.accepted} of them accepted`}
          >
            <Progress.Section value={share(counts.accepted)} aria-hidden />
            <Progress.Section value={share(counts.done)} style={{ opacity: 0.55 }} aria-hidden />
          </Progress.Root>
        </div>
        <Group gap="xs" wrap="nowrap" style={{ overflow: "hidden" }}>
          {live.slice(0, CLASSES_SHOWN).map((item) => (
            <Group key={item.id} gap={5} wrap="nowrap" style={{ minWidth: 0 }}>
              <ClassDot color={item.color} />
              <Text size="xs" truncate>
                {item.name}
              </Text>
            </Group>
          ))}
          {live.length > CLASSES_SHOWN && (
            <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
              +{live.length - CLASSES_SHOWN}
            </Text>
          )}
          {live.length === 0 && (
            <Text size="xs" c="dimmed">
              No classes yet
            </Text>
          )}
        </Group>
      </div>
    </article>
  );
}

function LastRun({ run }: { run: Run | undefined }) {
  if (!run) return null;
  const words =
    run.best !== null
      ? `mask mAP50 ${figureWords(run.best.mask.map50, run.best.reason)}`
      : isActive(run.state)
        ? `run ${STATE_WORDS[run.state].toLowerCase()}`
        : `last run ${STATE_WORDS[run.state].toLowerCase()}`;
  return (
    <Text size="xs" fw={550} className="tabular" title={run.name}>
      {words}
    </Text>
  );
}
