import { Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useDataset } from "@/api/datasets";
import { useVersions } from "@/api/jobs";
import { BringBack } from "@/components/BringBack";
import { DatasetSelect } from "@/components/DatasetSelect";
import { may } from "@/lib/roles";

/** Uploads a checkpoint or a run folder: first the version that it belongs to, then the file. */
export function UploadModelDialog({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const [slug, setSlug] = useState(dataset);
  const [chosen, setChosen] = useState("");
  const role = useDataset(slug || undefined).data?.role;
  const versions = useVersions(slug).items.filter(({ state }) => state === "finished");
  const version = versions.find(({ id }) => String(id) === chosen) ?? versions[0];
  const mayUpload = may(role, "manage");
  return (
    <Modal opened onClose={onClose} title="Upload a model" size="lg">
      <Stack gap="md">
        <Text size="sm">
          A checkpoint (.pt) or a whole run folder (.zip) that was trained elsewhere. It is evaluated on the
          version's val images, like any run.
        </Text>
        <DatasetSelect
          label="Dataset"
          placeholder="Choose a dataset"
          value={slug}
          onChange={(value) => {
            setSlug(value);
            setChosen("");
          }}
        />
        {slug && role && !mayUpload && (
          <Text size="sm">Only team leads of this dataset may upload a model to it.</Text>
        )}
        {mayUpload && (
          <Select
            label="Version that it was trained on, or has the same classes as"
            allowDeselect={false}
            placeholder={versions.length === 0 ? "Freeze a version first" : undefined}
            disabled={versions.length === 0}
            value={version ? String(version.id) : null}
            onChange={(value) => setChosen(value ?? "")}
            data={versions.map(({ id, number, class_names: names }) => ({
              value: String(id),
              label: `Version ${number}: ${names.slice(0, 4).join(", ")}${names.length > 4 ? " …" : ""}`,
            }))}
          />
        )}
        {mayUpload && version && <BringBack key={version.id} slug={slug} version={version} />}
      </Stack>
    </Modal>
  );
}
