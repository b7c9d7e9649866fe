import { ActionIcon, Anchor, Button, Group, Menu, Skeleton, Table, Text, Tooltip } from "@mantine/core";
import {
  IconArrowsDiff,
  IconDots,
  IconEdit,
  IconListSearch,
  IconPackageExport,
  IconPlayerPlay,
  IconRestore,
  IconSnowflake,
  IconSparkles,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { isActive, useVersions } from "@/api/jobs";
import type { Version } from "@/api/types";
import { Ago } from "@/components/Ago";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatBytes, formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { useCurrentDataset } from "./DatasetLayout";
import { BroughtBack } from "./BroughtBack";
import { DeleteVersionDialog } from "./DeleteVersionDialog";
import { DescribeVersionDialog } from "./DescribeVersionDialog";
import { ElsewhereDialog } from "./ElsewhereDialog";
import { FreezeDialog } from "./FreezeDialog";
import { RestoreDialog } from "./RestoreDialog";
import { VersionFixes } from "./VersionFixes";

type Act = "describe" | "restore" | "delete";

export default function VersionsPage() {
  const dataset = useCurrentDataset();
  const versions = useVersions(dataset.slug);
  const [freezing, setFreezing] = useState(false);
  const [chosen, setChosen] = useState<{ act: Act; version: Version } | null>(null);
  const [takenAlong, setTakenAlong] = useState<Version | null>(null);
  const mayManage = may(dataset.role, "manage");
  const next = 1 + Math.max(0, ...versions.items.map(({ number }) => number));
  const freeze = mayManage && (
    <Button leftSection={<IconSnowflake size={16} />} onClick={() => setFreezing(true)}>
      Freeze version {next} …
    </Button>
  );
  const nothing = versions.isSuccess && versions.items.length === 0;
  const close = () => setChosen(null);

  return (
    <Page
      title="Versions"
      lead="A version is the dataset as it stood at one moment. Training reads a version, so people go on drawing meanwhile and a run can be repeated."
      actions={nothing ? null : freeze}
    >
      {versions.isError && <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.isPending && <Skeleton height={200} />}
      {nothing && (
        <EmptyState icon={IconSnowflake} title="No version yet" action={freeze}>
          {mayManage
            ? "Freeze the finished images and labels, then train on them."
            : "A team lead freezes the finished images and labels before training on them."}
        </EmptyState>
      )}
      {versions.items.length > 0 && (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Version</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th ta="right">Train</Table.Th>
                <Table.Th ta="right">Val</Table.Th>
                <Table.Th ta="right">Test</Table.Th>
                <Table.Th ta="right">Objects</Table.Th>
                <Table.Th ta="right">Background</Table.Th>
                <Table.Th ta="right">Size</Table.Th>
                <Table.Th>Frozen</Table.Th>
                <Table.Th>
                  <span className="visually-hidden">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {versions.items.map((version) => (
                <VersionRow
                  key={version.id}
                  version={version}
                  mayManage={mayManage}
                  onElsewhere={may(dataset.role, "export") ? () => setTakenAlong(version) : null}
                  onAct={(act) => setChosen({ act, version })}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={versions} />
      <BroughtBack slug={dataset.slug} mayManage={mayManage} />
      {takenAlong && (
        <ElsewhereDialog version={takenAlong} mayManage={mayManage} onClose={() => setTakenAlong(null)} />
      )}
      <FreezeDialog slug={dataset.slug} number={next} opened={freezing} onClose={() => setFreezing(false)} />
      {chosen?.act === "describe" && <DescribeVersionDialog version={chosen.version} onClose={close} />}
      {chosen?.act === "restore" && <RestoreDialog version={chosen.version} onClose={close} />}
      {chosen?.act === "delete" && <DeleteVersionDialog version={chosen.version} onClose={close} />}
    </Page>
  );
}

type RowProps = {
  version: Version;
  mayManage: boolean;
  /** Null for those who may not take a dataset along. */
  onElsewhere: (() => void) | null;
  onAct: (act: Act) => void;
};

function VersionRow({ version, mayManage, onElsewhere, onAct }: RowProps) {
  const { number, state, image_counts: images } = version;
  return (
    <Table.Tr>
      <Table.Td maw={280}>
        <Text size="sm" fw={600}>
          Version {number}
        </Text>
        {version.name && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {version.name}
          </Text>
        )}
        {version.only_accepted && (
          <Text size="xs" c="dimmed">
            Accepted images only
          </Text>
        )}
        {version.notes && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {version.notes}
          </Text>
        )}
        <VersionFixes version={version} />
      </Table.Td>
      <Table.Td miw={170} maw={300}>
        {isActive(state) ? (
          <ProgressLine compact progress={version.progress} label={`Freezing version ${number}`} />
        ) : (
          <>
            <StateBadge state={state} />
            {version.error && (
              <Text size="xs" style={{ overflowWrap: "anywhere" }}>
                {version.error}
              </Text>
            )}
          </>
        )}
      </Table.Td>
      <Table.Td ta="right">
        {formatCount(images.train)}
        {version.synthetic && (
          <Text size="xs" c="dimmed">
            {formatCount(version.synthetic.images)} synthetic
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{formatCount(images.val)}</Table.Td>
      <Table.Td ta="right">{formatCount(images.test)}</Table.Td>
      <Table.Td ta="right">{formatCount(version.instance_count)}</Table.Td>
      <Table.Td ta="right">
        <Tooltip label="Finished images that hold no object">
          <span>{formatCount(version.background_count)}</span>
        </Tooltip>
        {version.painted_count > 0 && (
          <Tooltip label={ignoredWords(version)} multiline maw={320}>
            <Text size="xs" c="dimmed">
              {formatCount(version.painted_count)} painted
            </Text>
          </Tooltip>
        )}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {formatBytes(version.size_bytes)}
      </Table.Td>
      <Table.Td>
        <Ago time={version.created_at} />
        {version.created_by && (
          <Text size="xs" c="dimmed" truncate maw={140}>
            {version.created_by.display_name || version.created_by.username}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          {mayManage && state === "finished" && (
            <Anchor
              component={Link}
              to={`/runs/new?dataset=${version.dataset}&version=${version.id}`}
              size="sm"
              style={{ whiteSpace: "nowrap" }}
            >
              <IconPlayerPlay size={13} aria-hidden="true" /> Train
            </Anchor>
          )}
          <VersionMenu version={version} mayManage={mayManage} onElsewhere={onElsewhere} onAct={onAct} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function VersionMenu({ version, mayManage, onElsewhere, onAct }: RowProps) {
  const { number, state } = version;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More about version ${number}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconArrowsDiff size={16} />}
          disabled={state !== "finished"}
          component={Link}
          to={`/datasets/${version.dataset}/versions/compare?before=${number}`}
        >
          Compare …
        </Menu.Item>
        <Menu.Item
          leftSection={<IconListSearch size={16} />}
          disabled={state !== "finished"}
          component={Link}
          to={`/datasets/${version.dataset}/versions/${number}`}
        >
          What YOLO would lose …
        </Menu.Item>
        {(mayManage || version.synthetic) && (
          <Menu.Item
            leftSection={<IconSparkles size={16} />}
            disabled={state !== "finished"}
            component={Link}
            to={`/datasets/${version.dataset}/versions/${number}/synthetic`}
          >
            Synthetic examples …
          </Menu.Item>
        )}
        {mayManage && (
          <>
            <Menu.Item leftSection={<IconEdit size={16} />} onClick={() => onAct("describe")}>
              Name and notes …
            </Menu.Item>
            <Menu.Item
              leftSection={<IconRestore size={16} />}
              disabled={state !== "finished"}
              onClick={() => onAct("restore")}
            >
              Restore …
            </Menu.Item>
          </>
        )}
        {onElsewhere && (
          <Menu.Item
            leftSection={<IconPackageExport size={16} />}
            disabled={state !== "finished"}
            onClick={onElsewhere}
          >
            Train elsewhere …
          </Menu.Item>
        )}
        {mayManage && (
          <Menu.Item
            leftSection={<IconTrash size={16} />}
            disabled={isActive(state)}
            onClick={() => onAct("delete")}
          >
            Delete …
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** What ignore regions did to a version. */
function ignoredWords({ painted_count: painted, ignored_object_count: objects }: Version): string {
  const left = objects > 0 ? `, and ${plural(objects, "object")} in them left out of the labels` : "";
  return `Ignore regions are painted out of ${plural(painted, "image")}${left}.`;
}
