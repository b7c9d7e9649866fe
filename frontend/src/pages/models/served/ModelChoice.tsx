import { Select } from "@mantine/core";
import { useCheckpoint, useCheckpoints } from "@/api/checkpoints";
import { checkpointName } from "../words";

/** Chooses a checkpoint by its reference (`checkpoint:12`); another reference stays as it is. */
export function ModelChoice({
  value,
  onChange,
  dataset,
}: {
  value: string;
  onChange: (reference: string) => void;
  /** Only checkpoints of this dataset. */
  dataset?: string;
}) {
  const checkpoints = useCheckpoints({ dataset });
  const options = checkpoints.items.map((item) => ({
    value: `checkpoint:${item.id}`,
    label: `${checkpointName(item)} · ${item.dataset_name}`,
  }));
  const isListed = value === "" || options.some((option) => option.value === value);
  const id = Number(/^checkpoint:(\d+)$/.exec(value)?.[1] ?? 0);
  const data = isListed ? options : [{ value, label: value }, ...options];
  return (
    <>
      <Select
        label="Model"
        placeholder="Choose a checkpoint"
        searchable
        required
        limit={50}
        value={value || null}
        onChange={(chosen) => onChange(chosen ?? "")}
        data={data}
        nothingFoundMessage={checkpoints.isPending ? "Loading …" : "No checkpoint is called so"}
      />
      {!isListed && id > 0 && <ChosenName id={id} />}
    </>
  );
}

function ChosenName({ id }: { id: number }) {
  const checkpoint = useCheckpoint(id);
  return checkpoint.data ? <span>{checkpointName(checkpoint.data)}</span> : null;
}
