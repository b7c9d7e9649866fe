import { Button, FileInput, Group, Modal, Progress, Stack, Text, TextInput } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useDataset } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { useSession } from "@/api/session";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatBytes } from "@/lib/format";
import { may } from "@/lib/roles";
import { useUploadWeights } from "./api";
import { faultOfFile } from "./words";

/** Uploads a .pt: a team lead for a dataset, an administrator for everybody. */
export function UploadWeightsDialog({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [dataset, setDataset] = useState("");
  const [isTried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { sent, upload } = useUploadWeights();
  const abort = useRef<AbortController>(null);
  const isAdministrator = useSession().data?.user?.is_administrator ?? false;
  const role = useDataset(dataset || undefined).data?.role;
  const fields = error === null ? {} : asProblem(error).fields;
  const fileFault = faultOfFile(file);
  const datasetFault =
    dataset === ""
      ? isAdministrator
        ? ""
        : "Choose a dataset that you lead. Only administrators upload for everybody."
      : role && !may(role, "manage")
        ? "Only team leads of this dataset may upload weights to it."
        : "";
  const submit = async () => {
    setTried(true);
    if (!file || fileFault || datasetFault) return;
    setError(null);
    abort.current = new AbortController();
    try {
      await upload({ file, dataset, name: name.trim() }, abort.current.signal);
      onClose();
    } catch (problem) {
      if (!(problem instanceof DOMException)) setError(problem);
    }
  };
  const cancel = () => {
    abort.current?.abort();
    onClose();
  };
  return (
    <Modal opened onClose={cancel} title="Upload weights">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (sent === null) void submit();
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            A segmentation model that Ultralytics saved, whatever its classes. A worker opens it safely and
            says which classes it knows.
          </Text>
          <FileInput
            label="File"
            placeholder="Choose a .pt file"
            accept=".pt"
            clearable
            leftSection={<IconFile size={16} />}
            value={file}
            onChange={setFile}
            error={(isTried && fileFault) || fields.file?.[0]}
            data-autofocus
          />
          <TextInput
            label="Name"
            description="As people find it; without one the file's."
            placeholder={file?.name.replace(/\.pt$/i, "")}
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fields.name?.[0]}
          />
          <DatasetSelect
            label="For whom"
            description={
              isAdministrator
                ? "The members of a dataset; without one everybody."
                : "The members of a dataset."
            }
            placeholder={isAdministrator ? "Everybody" : "Choose a dataset"}
            clearable
            value={dataset}
            onChange={setDataset}
            error={(isTried && datasetFault) || fields.dataset?.[0]}
          />
          {error !== null && Object.keys(fields).length === 0 && <ErrorNotice error={error} />}
          {sent !== null && file && (
            <div>
              <Progress value={(100 * sent) / Math.max(1, file.size)} aria-label="Uploading" />
              <Text size="xs" c="dimmed" mt={4} className="tabular">
                {formatBytes(Math.min(sent, file.size))} of {formatBytes(file.size)}
              </Text>
            </div>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={cancel}>
              Cancel
            </Button>
            <Button type="submit" loading={sent !== null}>
              Upload
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
