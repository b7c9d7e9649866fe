import {
  Alert,
  Anchor,
  Badge,
  Button,
  Chip,
  Group,
  Progress,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconArrowsDiff, IconDownload } from "@tabler/icons-react";
import { useEffect } from "react";
import { Link } from "react-router";
import { useVersions } from "@/api/jobs";
import type { DifferenceKind, DifferentImage, VersionDifferences } from "@/api/types";
import { type ComparedVersions, differencesUrl, useDifferences, useDifferentImages } from "@/api/versions";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { numberIn, oneOf, useUrlState } from "@/lib/urlState";
import { useCurrentDataset } from "./DatasetLayout";
import { DIFFERENCE_WORDS, describeDifference, masksOf } from "./differences";
import { DifferenceViewer } from "./DifferenceViewer";
import { MaskedImage } from "@/components/MaskOverlay";
import classes from "./Differences.module.css";

const KINDS = Object.keys(DIFFERENCE_WORDS) as DifferenceKind[];
const NOW = "now";
const codecs = {
  before: numberIn(0, 2 ** 31 - 1, 0, 0),
  after: numberIn(0, 2 ** 31 - 1, 0, 0),
  kind: oneOf<DifferenceKind>(["", ...KINDS], ""),
  image: numberIn(0, 2 ** 31 - 1, 0, 0),
};

/** What differs between two versions, or a version and the dataset as it is now. */
export default function DifferencesPage() {
  const { slug } = useCurrentDataset();
  const versions = useVersions(slug);
  const { loadMore } = versions;
  useEffect(loadMore, [loadMore]); // all of them: they are to be chosen from
  const [asked, set] = useUrlState(codecs);
  const frozen = versions.items.filter(({ state }) => state === "finished");
  const before = asked.before || (frozen[0]?.number ?? 0);
  const after = asked.after === 0 ? null : asked.after;
  const differences = useDifferences(slug, before === 0 ? null : before, after);
  const choices = frozen.map(({ number, name }) => ({
    value: String(number),
    label: name ? `Version ${number}: ${name}` : `Version ${number}`,
  }));
  const found = differences.data;
  const compared: ComparedVersions = { before, after, state: found?.state ?? "", kind: asked.kind };
  return (
    <Page
      title="Compare versions"
      lead={
        <Anchor component={Link} to={`/datasets/${slug}/versions`} size="sm">
          All versions
        </Anchor>
      }
      actions={
        found && (
          <Group gap="xs">
            {(["csv", "json"] as const).map((format) => (
              <Button
                key={format}
                component="a"
                href={differencesUrl(slug, compared, format)}
                variant="default"
                leftSection={<IconDownload size={16} />}
              >
                {format.toUpperCase()}
              </Button>
            ))}
          </Group>
        )
      }
    >
      <Stack gap="lg">
        <Group gap="sm" align="flex-end">
          <Select
            label="Before"
            data={choices}
            value={before ? String(before) : null}
            allowDeselect={false}
            onChange={(value) => value && set({ before: Number(value), image: 0 })}
          />
          <Select
            label="After"
            data={[{ value: NOW, label: "The dataset now" }, ...choices]}
            value={after === null ? NOW : String(after)}
            allowDeselect={false}
            onChange={(value) => value && set({ after: value === NOW ? 0 : Number(value), image: 0 })}
          />
        </Group>
        {versions.isSuccess && frozen.length === 0 && (
          <EmptyState icon={IconArrowsDiff} title="No version yet">
            Freeze a version first: then it can be compared with the dataset as it is later.
          </EmptyState>
        )}
        {differences.isError && (
          <ErrorNotice error={differences.error} onRetry={() => void differences.refetch()} />
        )}
        {differences.isLoading && <Skeleton height={160} />}
        {found && <Figures found={found} />}
        {found && found.images.different === 0 && found.classes.length === 0 && (
          <EmptyState icon={IconArrowsDiff} title="Nothing differs">
            {plural(found.images.same, "image")} are the same, with the same objects.
          </EmptyState>
        )}
        {found && found.images.different > 0 && (
          <>
            <Chip.Group
              value={asked.kind || "all"}
              onChange={(value) => set({ kind: kindOf(value), image: 0 })}
            >
              <Group gap={6}>
                <Chip value="all" size="xs">
                  All ({formatCount(found.images.different)})
                </Chip>
                {KINDS.filter((kind) => kind !== "" && found.images[kind] > 0).map((kind) => (
                  <Chip key={kind} value={kind} size="xs">
                    {kind !== "" && `${DIFFERENCE_WORDS[kind]} (${formatCount(found.images[kind])})`}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
            <Images slug={slug} compared={compared} open={found.open} onOpen={(image) => set({ image })} />
          </>
        )}
      </Stack>
      {found && asked.image > 0 && (
        <DifferenceViewer
          slug={slug}
          compared={compared}
          position={asked.image}
          onMove={(image) => set({ image })}
          onClose={() => set({ image: 0 })}
        />
      )}
    </Page>
  );
}

function kindOf(value: unknown): DifferenceKind {
  return KINDS.find((kind) => kind === value) ?? "";
}

function Figures({ found }: { found: VersionDifferences }) {
  const { images, objects, open, to_compare: all } = found;
  return (
    <Panel title="What differs">
      <Stack gap="md">
        {open > 0 && (
          <div>
            <Text size="sm" c="dimmed" role="status">
              Comparing objects: {formatCount(all - open)} of {plural(all, "image")}
            </Text>
            <Progress value={(100 * (all - open)) / Math.max(1, all)} mt={6} aria-label="Comparing objects" />
          </div>
        )}
        <Stats>
          <Stat label="Images added" value={formatCount(images.added)} />
          <Stat label="Images removed" value={formatCount(images.removed)} />
          <Stat label="Moved between splits" value={formatCount(images.moved)} />
          <Stat label="Renamed" value={formatCount(images.renamed)} />
          <Stat label="With other objects" value={formatCount(images.objects)} />
          <Stat label="The same" value={formatCount(images.same)} />
        </Stats>
        <Stats>
          <Stat label="Objects added" value={formatCount(objects.added)} />
          <Stat label="Objects removed" value={formatCount(objects.removed)} />
          <Stat label="Outlines changed" value={formatCount(objects.changed)} />
          <Stat label="Classes changed" value={formatCount(objects.class_changed)} />
          <Stat label="In images added" value={formatCount(objects.in_added_images)} />
          <Stat label="In images removed" value={formatCount(objects.in_removed_images)} />
        </Stats>
        {(found.classes.length > 0 || found.class_moves.length > 0) && (
          <Table verticalSpacing={4}>
            <Table.Tbody>
              {found.classes.map((item) => (
                <Table.Tr key={item.class_id}>
                  <Table.Td w={120}>
                    <Badge variant="light">{item.change}</Badge>
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    {item.name_before && item.name_after && item.name_before !== item.name_after
                      ? `${item.name_before} → ${item.name_after}`
                      : item.name_after || item.name_before}
                    {item.into && ` → ${item.into}`}
                  </Table.Td>
                </Table.Tr>
              ))}
              {found.class_moves.map((move) => (
                <Table.Tr key={`${move.before}→${move.after}`}>
                  <Table.Td>{plural(move.count, "object")}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    {move.before} → {move.after}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Panel>
  );
}

type ImagesProps = {
  slug: string;
  compared: ComparedVersions;
  open: number;
  onOpen: (image: number) => void;
};

function Images({ slug, compared, open, onOpen }: ImagesProps) {
  const images = useDifferentImages(slug, compared, open);
  if (images.isError) return <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />;
  if (images.isPending) return <Skeleton height={300} />;
  return (
    <div>
      {open === 0 && images.items.length === 0 && <Alert variant="light">No image differs in this.</Alert>}
      <ul className={classes.grid} aria-label="Images that differ">
        {images.items.map((image) => (
          <Tile key={image.position} image={image} onOpen={() => onOpen(image.position)} />
        ))}
      </ul>
      <LoadMore list={images} />
    </div>
  );
}

function Tile({ image, onOpen }: { image: DifferentImage; onOpen: () => void }) {
  const side = image.after ?? image.before;
  return (
    <li>
      <button type="button" className={classes.tile} onClick={onOpen}>
        <div className={classes.pair}>
          {(["before", "after"] as const).map((name) => {
            const shown = image[name];
            return shown?.thumbnail_url ? (
              <MaskedImage
                key={name}
                src={shown.thumbnail_url}
                alt={name === "before" ? `${image.name} before` : `${image.name} after`}
                masks={masksOf(image, name)}
                width={image.width}
                height={image.height}
                normalised
                ratio="1"
              />
            ) : (
              <div key={name} className={classes.none}>
                not there
              </div>
            );
          })}
        </div>
        <Text size="xs" fw={600} truncate title={image.name}>
          {image.name}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={2}>
          {describeDifference(image)}
          {side && image.kind !== "changed" && `, ${side.split}`}
        </Text>
      </button>
    </li>
  );
}
