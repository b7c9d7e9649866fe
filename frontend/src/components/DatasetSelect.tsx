import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useDataset, useDatasets } from "@/api/datasets";

/** A dataset by name; looks names up on the server while typing, so any number of datasets will do. */
export function DatasetSelect({
  value,
  onChange,
  ...rest
}: { value: string; onChange: (slug: string) => void } & Omit<SelectProps, "value" | "onChange" | "data">) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 200);
  const chosen = useDataset(value || undefined);
  const found = useDatasets(chosen.data && search === chosen.data.name ? "" : search);
  const options = new Map(found.items.map(({ slug, name }) => [slug, name]));
  if (value) options.set(value, chosen.data?.name ?? value);
  return (
    <Select
      searchable
      value={value || null}
      onChange={(slug) => onChange(slug ?? "")}
      onSearchChange={setTyped}
      filter={({ options: all }) => all}
      nothingFoundMessage="No dataset is called so"
      data={[...options].map(([slug, label]) => ({ value: slug, label }))}
      {...rest}
    />
  );
}
