import {
  Anchor,
  Button,
  Checkbox,
  Group,
  List,
  Radio,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useBeginImport, useCancelImport, useImportPreview, useLookAgain } from "@/api/jobs";
import type { Dataset, Import, ImportPreview, Split } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskOverlay } from "@/components/MaskOverlay";
import { Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { ImportClasses } from "./ImportClasses";
import { OfferedFolders } from "./OfferedFolders";
import { SimplifyOutlines } from "./SimplifyOutlines";
import { ImportTallies } from "./ImportTallies";
import { ImportVideos } from "./ImportVideos";
import {
  type ClassChoices,
  CONFLICT_WORDS,
  countIgnored,
  fatesOf,
  makeOptions,
  type OnConflict,
} from "./importOptions";
import { draftOf, estimateFrames, faultOf, isSameRule, ruleOf } from "./videoRule";
import classes from "./Dataset.module.css";

/** A dry run that has ended: what is there, what would become of it, and the choices. */
export function ImportLook({ job, dataset }: { job: Import; dataset: Dataset }) {
  const preview = useImportPreview(job.id, true);
  if (preview.isError) return <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />;
  if (!preview.data) return <Skeleton height={320} />;
  return preview.data.candidates.length > 0 ? (
    <ChooseFormat job={job} candidates={preview.data.candidates} />
  ) : (
    <Choices job={job} dataset={dataset} preview={preview.data} />
  );
}

function ChooseFormat({ job, candidates }: { job: Import; candidates: ImportPreview["candidates"] }) {
  const again = useLookAgain(job.id);
  const [format, setFormat] = useState(candidates[0]?.name ?? "");
  return (
    <Stack gap="md" maw={640}>
      {again.isError && <ErrorNotice error={again.error} />}
      <Radio.Group value={format} onChange={setFormat} label="Several formats fit. Which one is it?">
        <Stack gap="xs" mt="xs">
          {candidates.map(({ name, title }) => (
            <Radio key={name} value={name} label={title} />
          ))}
        </Stack>
      </Radio.Group>
      <Group>
        <Button loading={again.isPending} onClick={() => again.mutate({ format })}>
          Look again
        </Button>
        <CancelLook job={job} />
      </Group>
    </Stack>
  );
}

function Choices({ job, dataset, preview }: { job: Import; dataset: Dataset; preview: ImportPreview }) {
  const begin = useBeginImport(job.id);
  const [choices, setChoices] = useState<ClassChoices>({});
  const [onConflict, setOnConflict] = useState<OnConflict | null>(null);
  const [splits, setSplits] = useState<Record<string, Split>>({});
  const [simplifyPx, setSimplifyPx] = useState(preview.simplify_px);
  const [ignoreCrowds, setIgnoreCrowds] = useState(job.options.crowds === "ignore");
  const again = useLookAgain(job.id);
  const [draft, setDraft] = useState(() => draftOf(preview.video_rule));
  const isSame = isSameRule(draft, preview.video_rule);
  const video = isSame ? preview.video_rule : ruleOf(draft);
  const here = dataset.classes.map(({ name }) => name);
  const fates = fatesOf(choices, preview.classes, new Set(here));
  const isUnnamed = [...fates.values()].includes("unnamed");
  const ignored = countIgnored(choices, preview.classes);
  const { same_image, same_name, labels_only } = preview.conflicts;
  const conflicts = same_image + same_name + labels_only;
  const comes = preview.images.taken + preview.images.repaired;
  const chosen = preview.videos.reduce((sum, { chosen: count }) => sum + count, 0);
  const asked = preview.videos.reduce((sum, each) => sum + estimateFrames(each, draft), 0);
  const about = isSame ? null : Math.max(0, comes - chosen) + asked;
  return (
    <Stack gap="lg">
      {begin.isError && <ErrorNotice error={begin.error} />}
      {again.isError && <ErrorNotice error={again.error} />}
      <Group justify="space-between" align="center">
        <Text size="sm">
          {preview.format_title}: {plural(preview.labelled, "labelled image")}
          {preview.backgrounds > 0 && `, ${formatCount(preview.backgrounds)} of them with nothing in them`}
          {preview.unlabelled > 0 && `; ${formatCount(preview.unlabelled)} not labelled`}
          {preview.group_count > 0 && `; in ${plural(preview.group_count, "group")}`}.
          {ignored > 0 && ` ${plural(ignored, "object")} will be ignored as asked.`}
        </Text>
        <Group gap="xs">
          <CancelLook job={job} />
          {may(dataset.role, "manage") && (
            <Button
              leftSection={<IconFileImport size={16} />}
              loading={begin.isPending}
              disabled={isUnnamed || faultOf(draft) !== null}
              onClick={() =>
                begin.mutate(
                  makeOptions(preview.format, onConflict, choices, splits, video, {
                    also: preview.also,
                    simplifyPx,
                    ignoreCrowds,
                  }),
                )
              }
            >
              {importWords(comes, about)}
            </Button>
          )}
        </Group>
      </Group>
      <ImportTallies images={preview.images} objects={preview.objects} foreseen />
      {preview.notes.length > 0 && (
        <List size="sm" spacing={4}>
          {preview.notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
      <OfferedFolders job={job} preview={preview} />
      {preview.videos.length > 0 && (
        <ImportVideos
          videos={preview.videos}
          rule={preview.video_rule}
          draft={draft}
          onChange={setDraft}
          isLooking={again.isPending}
          onLookAgain={() =>
            again.mutate(
              makeOptions(preview.format, onConflict, choices, splits, ruleOf(draft), {
                also: preview.also,
                simplifyPx,
                ignoreCrowds,
              }),
            )
          }
        />
      )}
      <Thumbnails preview={preview} dataset={dataset} />
      <Problems preview={preview} />
      {conflicts > 0 && (
        <Conflicts
          preview={preview}
          slug={dataset.slug}
          chosen={onConflict ?? (same_image + same_name === 0 ? "replace" : "skip")}
          onChoose={setOnConflict}
        />
      )}
      <ImportClasses
        classes={preview.classes}
        choices={choices}
        fates={fates}
        here={here}
        onChange={setChoices}
      />
      <Splits preview={preview} splits={splits} onChange={setSplits} />
      {preview.crowds > 0 && (
        <Panel title="Crowds">
          <Checkbox
            checked={ignoreCrowds}
            onChange={(event) => setIgnoreCrowds(event.currentTarget.checked)}
            label={`Take ${plural(preview.crowds, "crowd")} as ignore regions`}
            description="A crowd is several objects outlined as one. As an ignore region it is neither learned nor judged; else it comes in as one object with a note."
          />
        </Panel>
      )}
      <SimplifyOutlines costs={preview.simplified} chosen={simplifyPx} onChoose={setSimplifyPx} />
    </Stack>
  );
}

function importWords(comes: number, about: number | null): string {
  if (about !== null) return about > 0 ? `Import about ${plural(about, "image")}` : "Import";
  return comes > 0 ? `Import ${plural(comes, "image")}` : "Import";
}

function CancelLook({ job }: { job: Import }) {
  const cancel = useCancelImport(job.id);
  const navigate = useNavigate();
  return (
    <Button
      variant="default"
      loading={cancel.isPending}
      onClick={() =>
        cancel.mutate(undefined, { onSuccess: () => void navigate(`/datasets/${job.dataset}/imports`) })
      }
    >
      Cancel
    </Button>
  );
}

function Thumbnails({ preview, dataset }: { preview: ImportPreview; dataset: Dataset }) {
  const colors = new Map(dataset.classes.map(({ name, color }) => [name, color]));
  if (preview.thumbnails.length === 0) return null;
  return (
    <div className={classes.foreseen}>
      {preview.thumbnails.map(({ file, image, width, height, outlines }) => (
        <figure key={file} style={{ margin: 0, minWidth: 0 }}>
          <div className={classes.picture} style={{ aspectRatio: "4 / 3" }}>
            <img src={image} alt={`${file} with its outlines`} draggable={false} />
            <MaskOverlay
              masks={outlines.map(({ class_name, points }) => ({
                points,
                color: colors.get(class_name) ?? "#e69f00",
              }))}
              width={width}
              height={height}
              normalised
              fillOpacity={0.15}
            />
          </div>
          <Text component="figcaption" size="xs" c="dimmed" truncate title={file}>
            {file}
          </Text>
        </figure>
      ))}
    </div>
  );
}

function Conflicts({
  preview,
  slug,
  chosen,
  onChoose,
}: {
  preview: ImportPreview;
  slug: string;
  chosen: OnConflict;
  onChoose: (choice: OnConflict) => void;
}) {
  const { same_image, same_name, labels_only, labels_differ, examples } = preview.conflicts;
  const parts = [
    ...(same_image ? [`${plural(same_image, "image")} of the source ${isAre(same_image)} here already`] : []),
    ...(same_name ? [`${plural(same_name, "other image")} ${hasHave(same_name)} the name of one here`] : []),
    ...(labels_only ? [`${plural(labels_only, "label file")} ${isAre(labels_only)} for images here`] : []),
  ];
  return (
    <Panel title="Here already">
      <Stack gap="sm">
        <Text size="sm">
          {parts.join("; ")}. The labels of {formatCount(labels_differ)} differ. The counts above are those of
          a first look, before this choice.
        </Text>
        <Radio.Group
          value={chosen}
          onChange={(value) => onChoose(value)}
          aria-label="What becomes of images that are here already"
        >
          <Stack gap={6}>
            {(Object.keys(CONFLICT_WORDS) as OnConflict[]).map((rule) => (
              <Radio
                key={rule}
                value={rule}
                label={CONFLICT_WORDS[rule].label}
                description={CONFLICT_WORDS[rule].text}
              />
            ))}
          </Stack>
        </Radio.Group>
        <List size="xs" spacing={2} c="dimmed">
          {examples.slice(0, 5).map(({ file, image, reason }) => (
            <List.Item key={`${file} ${image}`} style={{ overflowWrap: "anywhere" }}>
              <Anchor component={Link} to={`/datasets/${slug}/edit/${image}`} size="xs">
                {file}
              </Anchor>
              : {reason}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Panel>
  );
}

const isAre = (count: number) => (count === 1 ? "is" : "are");
const hasHave = (count: number) => (count === 1 ? "has" : "have");

function Splits({
  preview,
  splits,
  onChange,
}: {
  preview: ImportPreview;
  splits: Readonly<Record<string, Split>>;
  onChange: (splits: Record<string, Split>) => void;
}) {
  const names = Object.keys(preview.splits);
  if (names.length === 0) return null;
  return (
    <Panel title="Splits">
      <Group gap="lg">
        {names.map((from) => (
          <Select
            key={from}
            w={190}
            size="sm"
            label={`${from}: ${plural(preview.splits[from] ?? 0, "image")} into`}
            allowDeselect={false}
            value={splits[from] ?? from}
            data={["train", "val", "test"]}
            onChange={(to) => onChange({ ...splits, [from]: to as Split })}
          />
        ))}
      </Group>
    </Panel>
  );
}

function Problems({ preview }: { preview: ImportPreview }) {
  const { problems, problem_count: count } = preview;
  if (count === 0) return null;
  return (
    <Panel flush title={`${plural(count, "line")} of the report`}>
      <Table>
        <Table.Tbody>
          {problems.map(({ outcome, file, line, reason }, place) => (
            <Table.Tr key={place}>
              <Table.Td w={90}>{outcome === "refused" ? "Refused" : "Repaired"}</Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {file}
                {line === null ? "" : `:${line}`}
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {count > problems.length && (
        <Text size="sm" c="dimmed" p="md">
          {plural(count - problems.length, "more line")}; the report will have them all.
        </Text>
      )}
    </Panel>
  );
}
