import { Combobox, Group, Kbd, Loader, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { IconChartLine, IconPhoto, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { api, unwrap } from "@/api/client";

async function find(search: string, signal: AbortSignal) {
  const query = { search, page_size: 6 };
  const [datasets, runs] = await Promise.all([
    unwrap(api.GET("/api/datasets/", { params: { query }, signal })),
    unwrap(api.GET("/api/runs/", { params: { query }, signal })),
  ]);
  return { datasets: datasets.results, runs: runs.results };
}

/** Jumps to a dataset or a run by name, from any page. */
export function QuickSearch() {
  const [value, setValue] = useState("");
  const [search] = useDebouncedValue(value.trim(), 200);
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const found = useQuery({
    queryKey: ["search", search],
    queryFn: ({ signal }) => find(search, signal),
    enabled: combobox.dropdownOpened,
    placeholderData: (previous) => previous,
  });
  useHotkeys([
    ["mod+K", () => input.current?.focus()],
    ["/", () => input.current?.focus()],
  ]);

  const datasets = found.data?.datasets ?? [];
  const runs = found.data?.runs ?? [];
  const go = (address: string) => {
    setValue("");
    combobox.closeDropdown();
    input.current?.blur();
    void navigate(address);
  };

  return (
    <Combobox store={combobox} onOptionSubmit={go} width={380} position="bottom-end">
      <Combobox.Target>
        <TextInput
          ref={input}
          size="xs"
          w={260}
          visibleFrom="xs"
          aria-label="Find a dataset or a run"
          placeholder="Find a dataset or a run"
          leftSection={<IconSearch size={15} aria-hidden="true" />}
          rightSection={
            found.isFetching && combobox.dropdownOpened ? <Loader size={12} /> : <Kbd size="xs">/</Kbd>
          }
          value={value}
          onChange={(event) => {
            setValue(event.currentTarget.value);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={420} style={{ overflowY: "auto" }}>
          {datasets.length > 0 && (
            <Combobox.Group label="Datasets">
              {datasets.map(({ slug, name }) => (
                <Combobox.Option key={slug} value={`/datasets/${slug}`}>
                  <Found icon={<IconPhoto size={16} />} name={name} />
                </Combobox.Option>
              ))}
            </Combobox.Group>
          )}
          {runs.length > 0 && (
            <Combobox.Group label="Runs">
              {runs.map(({ id, name, dataset_name }) => (
                <Combobox.Option key={id} value={`/runs/${id}`}>
                  <Found icon={<IconChartLine size={16} />} name={name} detail={dataset_name} />
                </Combobox.Option>
              ))}
            </Combobox.Group>
          )}
          {datasets.length + runs.length === 0 && (
            <Combobox.Empty>
              {found.isFetching
                ? "Looking …"
                : found.isError
                  ? "The search failed. Type again to retry."
                  : search
                    ? `Nothing is called “${search}”.`
                    : "Nothing here yet."}
            </Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Found({ icon, name, detail }: { icon: React.ReactNode; name: string; detail?: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      {icon}
      <Text size="sm" truncate style={{ flex: 1 }}>
        {name}
      </Text>
      {detail && (
        <Text size="xs" c="dimmed" truncate maw={140}>
          {detail}
        </Text>
      )}
    </Group>
  );
}
