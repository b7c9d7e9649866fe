import { Anchor, Button, Skeleton, Stack, Text } from "@mantine/core";
import { IconPhoto, IconTool } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useFindings } from "@/api/findings";
import type { Dataset, Finding, FindingList } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { RepairDialog } from "./RepairDialog";
import classes from "./Insights.module.css";

/** What is wrong in a dataset: how much, why it matters, where, and what repairs it. */
export function FindingsPanel({ dataset }: { dataset: Dataset }) {
  const findings = useFindings(dataset.slug);
  return (
    <Panel title="Findings" aside={findings.data && <Progress list={findings.data} />}>
      {findings.isError && <ErrorNotice error={findings.error} onRetry={() => void findings.refetch()} />}
      {findings.isPending && (
        <Stack gap="sm" aria-label="Loading">
          {Array.from({ length: 4 }, (_, i) => (
            <Skeleton key={i} height={44} />
          ))}
        </Stack>
      )}
      {findings.data && <List dataset={dataset} list={findings.data} />}
    </Panel>
  );
}

/** Says how far the worker is, and of when the findings are. */
function Progress({ list }: { list: FindingList }) {
  const waiting = Math.max(list.unmeasured, list.unlooked);
  return (
    <Text size="xs" c="dimmed" role="status">
      {waiting > 0 ? (
        `${plural(waiting, "image")} still to be looked at by a worker`
      ) : list.is_stale || list.computed_at === null ? (
        "A worker is looking at what changed"
      ) : (
        <>
          Looked at <Ago time={list.computed_at} />
        </>
      )}
    </Text>
  );
}

function List({ dataset, list }: { dataset: Dataset; list: FindingList }) {
  const [repairing, setRepairing] = useState<Finding | null>(null);
  const found = list.findings.filter(
    ({ images, classes: of, set_aside }) => images + of.length + set_aside > 0,
  );
  if (found.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {list.computed_at === null
          ? "A worker is about to look at the images; what it finds appears here."
          : "Nothing was found."}
      </Text>
    );
  return (
    <>
      <ul className={classes.findings}>
        {found.map((finding) => (
          <FindingRow
            key={finding.kind}
            dataset={dataset}
            finding={finding}
            onRepair={() => setRepairing(finding)}
          />
        ))}
      </ul>
      {repairing && (
        <RepairDialog slug={dataset.slug} finding={repairing} onClose={() => setRepairing(null)} />
      )}
    </>
  );
}

type RowProps = { dataset: Dataset; finding: Finding; onRepair: () => void };

function FindingRow({ dataset, finding, onRepair }: RowProps) {
  const { kind, title, why, images, objects, set_aside: aside } = finding;
  const address = `/datasets/${dataset.slug}?finding=${kind}`;
  const counts = [
    ...(objects > 0 ? [plural(objects, "object")] : []),
    ...(images > 0 ? [plural(images, "image")] : []),
    ...(finding.classes.length > 0 && kind === "class_empty"
      ? [plural(finding.classes.length, "class", "classes")]
      : []),
  ].join(" in ");
  return (
    <li className={classes.finding}>
      <div className={classes.findingWords}>
        <Text fw={600} size="sm">
          {title}
          {counts && (
            <Text span c="dimmed" fw={400} className="tabular">
              {" · "}
              {counts}
            </Text>
          )}
        </Text>
        <Text size="sm" c="dimmed">
          {why}
        </Text>
        {finding.classes.length > 0 && <ClassesOf dataset={dataset} finding={finding} />}
        {aside > 0 && (
          <Anchor component={Link} to={`${address}&set_aside=1`} size="xs">
            {`${plural(aside, "image")} set aside as fine`}
          </Anchor>
        )}
      </div>
      <div className={classes.findingActions}>
        {images > 0 && (
          <Button
            component={Link}
            to={address}
            size="xs"
            variant="default"
            leftSection={<IconPhoto size={14} />}
            aria-label={`${title}: show ${plural(images, "image")}`}
          >
            Show
          </Button>
        )}
        {kind === "class_absent" && may(dataset.role, "manage") && (
          <Button component={Link} to={`/datasets/${dataset.slug}/split`} size="xs" variant="default">
            Split again …
          </Button>
        )}
        {kind === "class_empty" && (
          <Button component={Link} to={`/datasets/${dataset.slug}/classes`} size="xs" variant="default">
            Classes
          </Button>
        )}
        {finding.repair && images > 0 && may(dataset.role, "manage") && (
          <Button
            size="xs"
            variant="light"
            leftSection={<IconTool size={14} />}
            onClick={onRepair}
            aria-label={`${title}: repair`}
          >
            Repair …
          </Button>
        )}
      </div>
    </li>
  );
}

const MOST_CLASSES = 8;

/** Which classes are meant; each leads to its images. */
function ClassesOf({ dataset, finding }: { dataset: Dataset; finding: Finding }) {
  const [isWhole, setWhole] = useState(false);
  const names = new Map(dataset.classes.map(({ id, name }) => [id, name]));
  const shown = isWhole ? finding.classes : finding.classes.slice(0, MOST_CLASSES);
  const more = finding.classes.length - shown.length;
  return (
    <Text size="xs" mt={4}>
      {shown.map(({ class_id: id, splits }, place) => (
        <span key={id}>
          {place > 0 && ", "}
          {splits.length > 0 ? (
            <>
              <Anchor
                component={Link}
                to={`/datasets/${dataset.slug}?class=${id}`}
                inherit
                underline="always"
              >
                {names.get(id) ?? "a class"}
              </Anchor>
              {` (not in ${splits.join(", ")})`}
            </>
          ) : (
            (names.get(id) ?? "a class")
          )}
        </span>
      ))}
      {more > 0 && (
        <>
          {" "}
          <Anchor component="button" type="button" inherit onClick={() => setWhole(true)}>
            and {more} more
          </Anchor>
        </>
      )}
    </Text>
  );
}
