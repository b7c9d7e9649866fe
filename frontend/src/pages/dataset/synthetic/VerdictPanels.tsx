import { Anchor, Badge, Button, Group, Select, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useBaseModels } from "@/api/runs";
import { useStartVerdict, useSyntheticVerdict } from "@/api/synthetic";
import type { SyntheticVerdict, Version } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { StateBadge } from "@/components/StateBadge";
import { plural } from "@/lib/format";
import { Whole } from "./RecipePanels";
import { changeWords } from "./recipe";

type Changes = NonNullable<SyntheticVerdict["changes"]>;
type ClassChange = Changes["overall"];

const CHANGES = {
  gained: { label: "Gained", color: "teal" },
  lost: { label: "Lost", color: "red" },
  unclear: { label: "Not distinguishable", color: "gray" },
} as const;

/** What synthetic examples a version has, and whether they help. */
export function VerdictPanels({
  slug,
  version,
  synthetic,
  mayManage,
}: {
  slug: string;
  version: Version;
  synthetic: NonNullable<Version["synthetic"]>;
  mayManage: boolean;
}) {
  const verdict = useSyntheticVerdict(version.id);
  const { recipe } = synthetic;
  return (
    <Stack gap="md">
      <Panel title={`${plural(synthetic.images, "synthetic image")} in train`}>
        <Stack gap={4}>
          <Text size="sm">
            Made of{" "}
            <Anchor
              component={Link}
              to={`/datasets/${slug}/versions/compare?before=${synthetic.base_number}`}
              size="sm"
            >
              version {synthetic.base_number}
            </Anchor>{" "}
            with seed {recipe.seed}; val and test are the same. Pasted:{" "}
            {synthetic.classes
              .map(({ class_index, pasted }) => `${version.class_names[class_index]} ${pasted}`)
              .join(", ")}
            .
          </Text>
          {synthetic.messages.map((message) => (
            <Text key={message} size="sm" c="dimmed">
              {message}
            </Text>
          ))}
        </Stack>
      </Panel>
      <Panel title="Does it help?">
        {verdict.data ? (
          <Verdict verdict={verdict.data} />
        ) : (
          <Text size="sm">
            Two runs with the same settings and seed, one without and one with the synthetic images, are
            compared class by class on the images in val. With them an epoch has more images, so it has more
            steps.
          </Text>
        )}
        {mayManage &&
          (!verdict.data || verdict.data.stage === "failed" || verdict.data.stage === "ready") && (
            <StartVerdict version={version} isAgain={verdict.data !== undefined} />
          )}
      </Panel>
    </Stack>
  );
}

function StartVerdict({ version, isAgain }: { version: Version; isAgain: boolean }) {
  const models = useBaseModels();
  const start = useStartVerdict(version.id);
  const [model, setModel] = useState("yolov8n-seg.pt");
  const [epochs, setEpochs] = useState(50);
  const [size, setSize] = useState(640);
  const [batch, setBatch] = useState(16);
  const [seed, setSeed] = useState(0);
  return (
    <Stack gap="xs" mt="md">
      <Group align="flex-end">
        <Select
          label="Base model"
          w={200}
          searchable
          allowDeselect={false}
          value={model}
          onChange={(value) => value && setModel(value)}
          data={(models.data ?? []).map(({ id }) => id)}
        />
        <Whole label="Epochs" max={10_000} value={epochs} onChange={setEpochs} />
        <Whole label="Image size" min={32} max={4096} value={size} onChange={setSize} />
        <Whole label="Batch" max={1024} value={batch} onChange={setBatch} />
        <Whole label="Seed" min={0} max={2 ** 31 - 1} value={seed} onChange={setSeed} />
        <Button
          loading={start.isPending}
          onClick={() => start.mutate({ base_model: model, epochs, image_size: size, batch, seed })}
        >
          {isAgain ? "Start two runs again" : "Start two runs"}
        </Button>
      </Group>
      {start.isError && <ErrorNotice error={start.error} />}
    </Stack>
  );
}

/** Both runs, the verdict in sentences, and class by class. `isCompared`: it stands where both are compared. */
export function Verdict({
  verdict,
  isCompared = false,
}: {
  verdict: SyntheticVerdict;
  isCompared?: boolean;
}) {
  const { plain_run: plain, synthetic_run: synthetic, changes } = verdict;
  return (
    <Stack gap="sm">
      <Group gap="lg">
        {[plain, synthetic].map((run) => (
          <Group key={run.id} gap={6}>
            <Anchor component={Link} to={`/runs/${run.id}`} size="sm">
              {run.name}
            </Anchor>
            <StateBadge state={run.state} />
          </Group>
        ))}
      </Group>
      {verdict.error && <Text size="sm">{verdict.error}</Text>}
      {verdict.stage === "evaluating" && <Text size="sm">Both runs have ended and are being evaluated.</Text>}
      {verdict.words.map((words) => (
        <Text key={words} size="sm">
          {words}
        </Text>
      ))}
      {changes && <ChangeTable changes={changes} names={verdict.class_names} />}
      {verdict.stage === "ready" && !isCompared && (
        <Anchor component={Link} to={`/runs/compare?runs=${plain.id},${synthetic.id}`} size="sm">
          Compare both in full
        </Anchor>
      )}
    </Stack>
  );
}

function ChangeTable({ changes, names }: { changes: Changes; names: readonly string[] }) {
  const rows: ClassChange[] = [changes.overall, ...changes.classes];
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            <Table.Th ta="right">Images in val</Table.Th>
            <Table.Th>Verdict</Table.Th>
            <Table.Th ta="right">mAP50-95 (95 % interval)</Table.Th>
            <Table.Th ta="right">mAP50 (95 % interval)</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => {
            const { label, color } = CHANGES[row.map50_95.change];
            return (
              <Table.Tr key={row.class_index ?? "all"}>
                <Table.Td
                  fw={row.class_index === null ? 600 : undefined}
                  style={{ overflowWrap: "anywhere" }}
                >
                  {row.class_index === null ? "All classes" : names[row.class_index]}
                </Table.Td>
                <Table.Td ta="right">{row.image_count}</Table.Td>
                <Table.Td>
                  <Badge color={color} variant="light">
                    {label}
                  </Badge>
                </Table.Td>
                <Table.Td ta="right">{changeWords(row.map50_95)}</Table.Td>
                <Table.Td ta="right">{changeWords(row.map50)}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
