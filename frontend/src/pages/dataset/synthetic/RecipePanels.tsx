import { Alert, Button, Checkbox, Group, NumberInput, Select, Stack, Table, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { isActive } from "@/api/jobs";
import { useAddSynthetic, useAskSyntheticPreview, useSyntheticPreview } from "@/api/synthetic";
import type { SyntheticClassCounts, Version } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { formatCount, plural } from "@/lib/format";
import { PreviewImages } from "./PreviewImages";
import { BLENDS, type BlendChoice, reasonWords } from "./recipe";

const SHOWN = 8;

/** Which objects are pasted, how often and how; a preview; the new version. */
export function RecipePanels({
  slug,
  version,
  mayManage,
}: {
  slug: string;
  version: Version;
  mayManage: boolean;
}) {
  const navigate = useNavigate();
  const survey = useAskSyntheticPreview(version.id);
  const preview = useAskSyntheticPreview(version.id);
  const surveyed = useSyntheticPreview(survey.data?.id ?? null);
  const shown = useSyntheticPreview(preview.data?.id ?? null);
  const add = useAddSynthetic(slug, version.id);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [images, setImages] = useState(100);
  const [most, setMost] = useState(3);
  const [seed, setSeed] = useState(1);
  const [blend, setBlend] = useState<BlendChoice>("mixed");
  const { mutate: ask } = survey;
  const names = version.class_names;
  useEffect(() => {
    if (mayManage) ask({ classes: names, images: 0 });
  }, [ask, mayManage, names]);

  if (!mayManage) return <Alert color="gray">A team lead of the dataset makes synthetic examples.</Alert>;
  const recipe = { classes: [...chosen], seed, max_per_image: most, blends: [...BLENDS[blend].blends] };
  const counts = surveyed.data?.classes ?? [];
  const usable = counts.filter((item) => chosen.includes(names[item.class_index] ?? "") && item.usable > 0);
  const waits = survey.isPending || (surveyed.data !== undefined && isActive(surveyed.data.state));
  return (
    <Stack gap="md">
      <Panel title="Classes to paste">
        <Stack gap="sm">
          {survey.isError && <ErrorNotice error={survey.error} />}
          {waits && surveyed.data && (
            <ProgressLine progress={surveyed.data.progress} label="Looking for objects that can be cut out" />
          )}
          {surveyed.data?.error && <Alert color="red">{surveyed.data.error}</Alert>}
          <ClassTable names={names} counts={counts} chosen={chosen} onChange={setChosen} />
        </Stack>
      </Panel>
      <Panel title="How many, and how">
        <Group align="flex-end">
          <Whole label="New images" max={20_000} value={images} onChange={setImages} />
          <Whole label="Most per image" max={20} value={most} onChange={setMost} />
          <Select
            label="Edges"
            w={260}
            allowDeselect={false}
            value={blend}
            onChange={(value) => value && setBlend(value as BlendChoice)}
            data={Object.entries(BLENDS).map(([value, { label }]) => ({ value, label }))}
          />
          <Whole label="Seed" min={0} max={2 ** 31 - 1} value={seed} onChange={setSeed} />
          <Button
            variant="default"
            disabled={usable.length === 0}
            loading={preview.isPending || (shown.data !== undefined && isActive(shown.data.state))}
            onClick={() => preview.mutate({ ...recipe, images: SHOWN })}
          >
            Preview {SHOWN} images
          </Button>
          <Button
            disabled={usable.length === 0}
            loading={add.isPending}
            onClick={() =>
              add.mutate(
                { ...recipe, images },
                { onSuccess: () => void navigate(`/datasets/${slug}/versions`) },
              )
            }
          >
            Make a version with {plural(images, "synthetic image")}
          </Button>
        </Group>
        {chosen.length > 0 && usable.length === 0 && !waits && (
          <Text size="sm" c="dimmed" mt="xs">
            No object of these classes can be cut out.
          </Text>
        )}
        {add.isError && <ErrorNotice error={add.error} />}
        {preview.isError && <ErrorNotice error={preview.error} />}
      </Panel>
      {shown.data && <PreviewImages preview={shown.data} />}
    </Stack>
  );
}

function ClassTable({
  names,
  counts,
  chosen,
  onChange,
}: {
  names: readonly string[];
  counts: readonly SyntheticClassCounts[];
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  const byIndex = new Map(counts.map((item) => [item.class_index, item]));
  return (
    <Table.ScrollContainer minWidth={460} mah={380}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            <Table.Th ta="right">Objects in train</Table.Th>
            <Table.Th ta="right">Can be cut out</Table.Th>
            <Table.Th>The others</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {names.map((name, index) => {
            const found = byIndex.get(index);
            return (
              <Table.Tr key={name}>
                <Table.Td miw={130} style={{ overflowWrap: "anywhere" }}>
                  <Checkbox
                    label={name}
                    checked={chosen.includes(name)}
                    disabled={found !== undefined && found.usable === 0}
                    onChange={({ currentTarget }) =>
                      onChange(
                        currentTarget.checked ? [...chosen, name] : chosen.filter((one) => one !== name),
                      )
                    }
                  />
                </Table.Td>
                <Table.Td ta="right">{found ? formatCount(found.objects) : "…"}</Table.Td>
                <Table.Td ta="right">{found ? formatCount(found.usable) : "…"}</Table.Td>
                <Table.Td>
                  <Text size="xs" c="dimmed">
                    {found ? reasonWords(found.reasons) : ""}
                  </Text>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

export function Whole({
  label,
  min = 1,
  max,
  value,
  onChange,
}: {
  label: string;
  min?: number;
  max: number;
  value: number;
  onChange: (value: number) => void;
}) {
  return (
    <NumberInput
      label={label}
      w={150}
      min={min}
      max={max}
      clampBehavior="strict"
      allowDecimal={false}
      value={value}
      onChange={(next) => typeof next === "number" && next >= min && onChange(next)}
    />
  );
}
