import { Skeleton, Stack } from "@mantine/core";
import { useSearch } from "@/lib/search";
import { useBaseModels, useDevices, usePresets, useRunRequest } from "@/api/runs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page } from "@/components/Page";
import { firstForm, formOfRequest, type RunForm } from "./form";
import { NewRunForm } from "./NewRunForm";
import { FREEZE_NOW } from "./VersionPicker";

/** `?from=12` starts run 12 again, with `&epochs=90` for so long, `?checkpoint=34` from a checkpoint; dataset and version as they are chosen. */
export default function NewRunPage() {
  const [search, setSearch] = useSearch();
  const from = Number(search.get("from")) || null;
  const epochs = Number(search.get("epochs")) || null;
  const checkpoint = search.get("checkpoint") ?? "";
  const models = useBaseModels();
  const presets = usePresets();
  const devices = useDevices();
  const request = useRunRequest(from);
  const queries = from === null ? [models, presets, devices] : [models, presets, devices, request];
  const failed = queries.find(({ isError }) => isError);

  const dataset = search.get("dataset") ?? request.data?.dataset ?? "";
  const cloned = dataset === request.data?.dataset ? request.data.version : null;
  const version = search.get("version") ?? (cloned == null ? FREEZE_NOW : String(cloned));
  const place = (name: "dataset" | "version", value: string) =>
    setSearch(
      (known) => {
        const next = new URLSearchParams(known);
        next.set(name, value);
        if (name === "dataset") next.set("version", FREEZE_NOW);
        return next;
      },
      { replace: true },
    );

  const waiting = !models.data || !presets.data || !devices.data || (from !== null && !request.data);
  const onGpu = devices.data?.devices.some(({ kind }) => kind === "gpu") ?? false;
  return (
    <Page
      title={from === null ? "New run" : "Run again"}
      lead={
        from === null
          ? "Train a segmentation model on a frozen version of a dataset."
          : `Everything is as it was for run ${from}; change what shall differ.`
      }
    >
      {failed && <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />}
      {waiting && !failed && (
        <Stack gap="md" aria-label="Loading">
          <Skeleton height={150} />
          <Skeleton height={190} />
          <Skeleton height={160} />
        </Stack>
      )}
      {models.data && presets.data && !waiting && (
        <NewRunForm
          key={`${from}:${checkpoint}:${epochs}`}
          draftKey={`${from ?? ""}:${checkpoint}${epochs === null ? "" : `:${epochs}`}`}
          initial={
            from !== null && request.data
              ? trainedFor(epochs, formOfRequest(request.data, onGpu, models.data, from))
              : firstForm(onGpu, checkpoint, presets.data, models.data)
          }
          models={models.data}
          presets={presets.data}
          dataset={dataset}
          version={version}
          onPlace={place}
        />
      )}
    </Page>
  );
}

/** The form with another number of epochs, for what was tried briefly and is now trained in full. */
function trainedFor(epochs: number | null, form: RunForm): RunForm {
  return epochs === null ? form : { ...form, name: "", numbers: { ...form.numbers, epochs } };
}
