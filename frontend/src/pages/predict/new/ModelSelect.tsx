import { Badge, CloseButton, Combobox, Group, InputBase, Text, useCombobox } from "@mantine/core";
import { useMemo, useState } from "react";
import { plural } from "@/lib/format";
import type { ModelItem } from "@/api/types";
import { findModels, isUsable, nameInAddress, searchable } from "./modelList";
import { modelFacts, waitsWords } from "./modelWords";

/** One choice over every model, found by name, dataset, tag or class. */
export function ModelSelect({
  models,
  value,
  error,
  disabled = false,
  onChange,
}: {
  models: readonly ModelItem[];
  value: ModelItem | undefined;
  error?: string | undefined;
  disabled?: boolean;
  onChange: (reference: string) => void;
}) {
  const [search, setSearch] = useState<string | null>(null);
  const list = useMemo(() => searchable(models), [models]);
  const { groups, more } = useMemo(() => findModels(list, search ?? ""), [list, search]);
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption();
      setSearch(null);
    },
    onDropdownOpen: () => box.updateSelectedOptionIndex("active"),
  });
  return (
    <Combobox
      store={box}
      onOptionSubmit={(reference) => {
        onChange(reference);
        box.closeDropdown();
      }}
    >
      <Combobox.Target>
        <InputBase
          label="Model"
          placeholder="Choose a model"
          description={value ? modelFacts(value) : undefined}
          inputWrapperOrder={["label", "input", "description", "error"]}
          error={error}
          disabled={disabled}
          rightSection={
            search ? (
              <CloseButton size="sm" aria-label="Clear the search" onClick={() => setSearch("")} />
            ) : (
              <Combobox.Chevron />
            )
          }
          rightSectionPointerEvents={search ? "all" : "none"}
          value={search ?? value?.name ?? ""}
          title={value?.name}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            box.openDropdown();
            box.updateSelectedOptionIndex();
          }}
          onClick={() => box.openDropdown()}
          onFocus={(event) => event.currentTarget.select()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={340} style={{ overflowY: "auto" }}>
          {groups.map(({ title, models: members }) => (
            <Combobox.Group key={title} label={title}>
              {members.map((model) => (
                <Combobox.Option
                  key={nameInAddress(model)}
                  value={nameInAddress(model)}
                  active={value !== undefined && nameInAddress(model) === nameInAddress(value)}
                >
                  <Row model={model} />
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {groups.length === 0 && <Combobox.Empty>No model is like that</Combobox.Empty>}
          {more > 0 && (
            <Combobox.Footer fz="xs">{plural(more, "more model")}: type to find one.</Combobox.Footer>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Row({ model }: { model: ModelItem }) {
  return (
    <div>
      <Group gap="xs" wrap="nowrap" justify="space-between">
        <Text size="sm" truncate title={model.name} c={isUsable(model) ? undefined : "dimmed"}>
          {model.name}
        </Text>
        {!isUsable(model) && (
          <Badge variant="default" size="sm" tt="none" fw={500} style={{ flex: "none" }}>
            {waitsWords(model)}
          </Badge>
        )}
      </Group>
      <Text size="xs" c="dimmed" truncate>
        {modelFacts(model)}
      </Text>
    </div>
  );
}
