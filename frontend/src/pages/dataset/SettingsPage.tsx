import { Button, Group, NumberInput, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useDeleteDataset, useUpdateDataset } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { useKeptUntil, useRestoreDataset } from "@/api/trash";
import { useDatasetWindow } from "@/api/windows";
import type { Dataset } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { offerUndo } from "@/components/offerUndo";
import { Page, Panel } from "@/components/Page";
import { WindowControl } from "@/components/WindowControl";
import { firstMessages } from "@/components/shell/PasswordDialog";
import { formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import { restoredWords } from "../datasets/restored";
import { useCurrentDataset } from "./DatasetLayout";

export default function SettingsPage() {
  const dataset = useCurrentDataset();
  const mayManage = may(dataset.role, "manage");
  return (
    <Page narrow title="Settings">
      <Stack gap="lg">
        {mayManage && <NameForm key={dataset.id} dataset={dataset} />}
        {mayManage && <Splits dataset={dataset} />}
        {mayManage && <VersionSettings dataset={dataset} />}
        {mayManage && <GroundTruthSettings dataset={dataset} />}
        <WindowPanel dataset={dataset} mayManage={mayManage} />
        {mayManage && <DeleteDataset dataset={dataset} />}
      </Stack>
    </Page>
  );
}

function NameForm({ dataset }: { dataset: Dataset }) {
  const update = useUpdateDataset(dataset.slug);
  const form = useForm({
    initialValues: { name: dataset.name, description: dataset.description },
    validate: { name: (value) => (value.trim() ? null : "Give the dataset a name.") },
  });
  return (
    <Panel title="Name and description">
      <form
        onSubmit={form.onSubmit((values) =>
          update.mutate(values, {
            onSuccess: () => {
              form.resetDirty();
              toast({ message: "Saved." });
            },
            onError: (error) => form.setErrors(firstMessages(asProblem(error).fields)),
          }),
        )}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description={`The address and the folder stay “${dataset.slug}”.`}
            {...form.getInputProps("name")}
          />
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps("description")} />
          {update.isError && <ErrorNotice error={update.error} />}
          <Group>
            <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Splits({ dataset }: { dataset: Dataset }) {
  const { train, val, test } = dataset.counts;
  return (
    <Panel title="Splits">
      <Group justify="space-between">
        <Text size="sm" style={{ flex: "1 1 260px" }}>
          {`${plural(train, "image")} in train, ${formatCount(val)} in val, ${formatCount(test)} in test.`}
        </Text>
        <Button component={Link} to={`/datasets/${dataset.slug}/split`} variant="default">
          Split again …
        </Button>
      </Group>
    </Panel>
  );
}

function VersionSettings({ dataset }: { dataset: Dataset }) {
  const update = useUpdateDataset(dataset.slug);
  return (
    <Panel title="Versions">
      <Stack gap="md">
        <Switch
          label="Evaluate the last best checkpoint on each new version"
          description="So the next run can say what came from better labels and what from a better model."
          checked={dataset.evaluate_new_versions}
          disabled={update.isPending}
          onChange={(event) => update.mutate({ evaluate_new_versions: event.currentTarget.checked })}
        />
        {update.isError && <ErrorNotice error={update.error} />}
      </Stack>
    </Panel>
  );
}

function GroundTruthSettings({ dataset }: { dataset: Dataset }) {
  const update = useUpdateDataset(dataset.slug);
  const [percent, setPercent] = useState(dataset.ground_truth_percent);
  return (
    <Panel title="Quality of people's work">
      <Stack gap="md">
        <Text size="sm">
          Images that you mark as ground truth (select them on the page Images) are given to people as second
          annotations. People shows how well each person&apos;s objects agree with the annotation.
        </Text>
        <Group align="flex-end" gap="sm">
          <NumberInput
            label="Share of each person's work"
            description="In percent of the images that the person finished; 0 gives none out."
            min={0}
            max={50}
            allowDecimal={false}
            suffix=" %"
            value={percent}
            onChange={(typed) => setPercent(Number(typed) || 0)}
          />
          <Button
            disabled={percent === dataset.ground_truth_percent}
            loading={update.isPending}
            onClick={() => update.mutate({ ground_truth_percent: percent })}
          >
            Save
          </Button>
        </Group>
        {update.isError && <ErrorNotice error={update.error} />}
      </Stack>
    </Panel>
  );
}

function WindowPanel({ dataset, mayManage }: { dataset: Dataset; mayManage: boolean }) {
  const window = useDatasetWindow(dataset.slug);
  if (!window.data?.images) return null;
  return (
    <Panel title="Images of more than 8 bits">
      <Stack gap="md">
        <Text size="sm">
          They are shown and trained through one window: all values up to its low end are black, all from its
          high end on white. The editor tries one out on the image (“How the image and its objects are
          shown”).
        </Text>
        <WindowControl slug={dataset.slug} mayManage={mayManage} />
      </Stack>
    </Panel>
  );
}

function DeleteDataset({ dataset }: { dataset: Dataset }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteDataset(dataset.slug);
  const restore = useRestoreDataset();
  const navigate = useNavigate();
  const until = useKeptUntil();
  const deleteIt = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        void navigate("/datasets");
        offerUndo(`“${dataset.name}” is in the trash.`, async () =>
          restoredWords(await restore.mutateAsync(dataset.id), dataset.slug),
        );
      },
    });
  return (
    <Panel title="Delete">
      <Group justify="space-between">
        <Text size="sm" style={{ flex: "1 1 260px" }}>
          Puts the dataset into the trash, out of sight for every member ({dataset.member_count}).
        </Text>
        <Button color="red" variant="outline" onClick={() => setAsking(true)}>
          Delete this dataset …
        </Button>
      </Group>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Delete “${dataset.name}”`}
        consequences={[
          `${plural(dataset.counts.images, "image")} with ${plural(dataset.counts.instances, "object")} disappear for all members.`,
          "Its runs, checkpoints and predictions disappear with it.",
          `It stays in the trash until ${until}: team leads can restore it there, with everything in it.`,
        ]}
        typeToConfirm={dataset.name}
        confirmLabel="Delete the dataset"
        onConfirm={deleteIt}
        pending={remove.isPending}
        error={remove.error}
      />
    </Panel>
  );
}
