import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { useSettle } from "@/api/folder";
import type { FolderChange, FolderSettle } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskOverlay } from "@/components/MaskOverlay";
import { formatBytes, plural } from "@/lib/format";
import { changeWords, KIND_COLORS } from "./folderWords";
import classes from "./Folder.module.css";

const MOST_ROWS = 5;

type RowProps = {
  slug: string;
  change: FolderChange;
  colors: ReadonlyMap<number, string>;
  manages: boolean;
  busy: boolean;
};

/** One file that is not as Segloop left it: what it was, what it is, and what can be done. */
export function FolderChangeRow({ slug, change, colors, manages, busy }: RowProps) {
  const { subject, kind, state } = change;
  const hasBefore = kind !== "added" || subject === "label";
  const hasAfter = kind !== "removed" && kind !== "moved" && (subject === "label" || kind === "added");
  const draws = kind !== "strange";
  return (
    <div className={classes.row}>
      {draws && (
        <div className={classes.drawings}>
          {hasBefore && (
            <Drawing
              change={change}
              outline={change.before}
              colors={colors}
              words="Before"
              count={change.before_count}
            />
          )}
          {hasAfter && (
            <Drawing
              change={change}
              outline={change.after}
              colors={colors}
              words="In the folder"
              count={change.after_count}
            />
          )}
        </div>
      )}
      <Stack gap={4} className={classes.words}>
        <Group gap={8}>
          <Badge size="sm" variant="light" color={KIND_COLORS[kind]}>
            {changeWords(change)}
          </Badge>
          {change.asks && state === "waiting" && (
            <Badge size="sm" variant="outline" color="yellow">
              Asks
            </Badge>
          )}
          {state !== "waiting" && (
            <Text size="xs" c="dimmed">
              {state === "taken" ? "Taken in" : "Put back"}
              {change.settled_by ? ` by ${change.settled_by}` : " by itself"}
              {change.settled_at && (
                <>
                  {" "}
                  <Ago time={change.settled_at} />
                </>
              )}
            </Text>
          )}
        </Group>
        <Text size="sm" fw={500} className={classes.path}>
          {change.image_id && change.thumbnail_url ? (
            <Anchor component={Link} to={`/datasets/${slug}/edit/${change.image_id}`} size="sm">
              {change.path}
            </Anchor>
          ) : (
            change.path
          )}
          {kind === "added" && change.size_bytes > 0 && (
            <Text span size="xs" c="dimmed">{` · ${formatBytes(change.size_bytes)}`}</Text>
          )}
        </Text>
        {kind === "moved" && (
          <Text size="xs" c="dimmed" className={classes.path}>
            before: {change.from_path}
          </Text>
        )}
        {kind === "added" && subject === "image" && (
          <Text size="xs" c="dimmed" className={classes.path}>
            {change.from_path ? `with ${change.from_path}` : "without a label: it will be unlabelled"}
          </Text>
        )}
        {change.reason && (
          <Text size="sm" className={classes.path}>
            {change.reason}
          </Text>
        )}
        <Problems change={change} />
        {change.kept && (
          <Text size="xs" c="dimmed" className={classes.path}>
            The file is kept on the server: {change.kept}
          </Text>
        )}
      </Stack>
      {manages && state === "waiting" && kind !== "strange" && (
        <Settle slug={slug} change={change} busy={busy} />
      )}
    </div>
  );
}

function Drawing({
  change,
  outline,
  colors,
  words,
  count,
}: {
  change: FolderChange;
  outline: FolderChange["before"];
  colors: ReadonlyMap<number, string>;
  words: string;
  count: number;
}) {
  return (
    <figure className={classes.drawing}>
      <div className={classes.picture}>
        {change.thumbnail_url && (
          <img
            src={change.thumbnail_url}
            alt=""
            loading="lazy"
            draggable={false}
            // The pixels of a removed image may be gone.
            onError={(event) => (event.currentTarget.style.visibility = "hidden")}
          />
        )}
        <MaskOverlay
          masks={outline.map(({ class_id, points }) => ({
            points,
            color: colors.get(class_id) ?? "#ffffff",
          }))}
          width={change.width || 4}
          height={change.height || 3}
          normalised
          fillOpacity={0.12}
        />
      </div>
      <figcaption className="tabular">
        {words}: {plural(count, "object")}
      </figcaption>
    </figure>
  );
}

function Problems({ change: { problems } }: { change: FolderChange }) {
  if (problems.length === 0) return null;
  const more = problems.length - MOST_ROWS;
  return (
    <ul className={classes.problems} aria-label="Rows of the label file">
      {problems.slice(0, MOST_ROWS).map(({ outcome, line, reason }, place) => (
        <li key={place}>
          {line !== null && <b>Line {line}: </b>}
          {reason} {outcome === "refused" ? "It will not be taken." : ""}
        </li>
      ))}
      {more > 0 && <li>and {plural(more, "more line")}</li>}
    </ul>
  );
}

function Settle({ slug, change, busy }: { slug: string; change: FolderChange; busy: boolean }) {
  const settle = useSettle(slug);
  const apply = (action: FolderSettle["action"]) => settle.mutate({ action, ids: [change.id] });
  return (
    <Stack gap={6} className={classes.actions}>
      <Button
        size="compact-sm"
        variant="light"
        loading={settle.isPending}
        disabled={busy}
        aria-label={`Take in ${change.path}`}
        onClick={() => apply("take")}
      >
        Take in
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={busy || settle.isPending}
        aria-label={`Put back ${change.path}`}
        onClick={() => apply("put_back")}
      >
        Put back
      </Button>
      {settle.isError && <ErrorNotice error={settle.error} />}
    </Stack>
  );
}
