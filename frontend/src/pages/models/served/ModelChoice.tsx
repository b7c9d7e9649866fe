import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useServable } from "@/api/served";

/** Chooses a model by its reference: a checkpoint, an exported model or weights from elsewhere. */
export function ModelChoice({
  value,
  onChange,
  dataset,
}: {
  value: string;
  onChange: (reference: string) => void;
  /** Models of this dataset and everybody's; without it, those of any dataset. */
  dataset?: string;
}) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 200);
  const models = useServable(value === "" ? search : "");
  const options = models.items
    .filter((item) => item.state === "finished")
    .filter((item) =>
      dataset === undefined ? item.dataset !== "" : item.dataset === dataset || item.dataset === "",
    )
    .map((item) => ({
      value: item.reference,
      label: item.dataset === "" ? item.name : `${item.name} · ${item.dataset_name}`,
    }));
  const isListed = value === "" || options.some((option) => option.value === value);
  return (
    <Select
      label="Model"
      placeholder="Choose a model"
      searchable
      required
      limit={100}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? "")}
      onSearchChange={setTyped}
      data={isListed ? options : [{ value, label: value }, ...options]}
      nothingFoundMessage={models.isPending ? "Loading …" : "No model is called so"}
    />
  );
}
