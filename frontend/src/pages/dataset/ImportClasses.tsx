import { Checkbox, Group, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Panel } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { formatCount, plural } from "@/lib/format";
import { type ClassChoices, type ClassFate, type ForeseenClass, targetOf } from "./importOptions";

const SHOWN = 100;
const FATES: Record<ClassFate, string> = {
  ignored: "ignored",
  unnamed: "needs a name",
  merged: "merged",
  new: "new class",
  here: "",
};

/** Each class of the source and the class that it becomes here: renamed, merged or ignored. */
export function ImportClasses({
  classes,
  choices,
  fates,
  here,
  onChange,
}: {
  classes: readonly ForeseenClass[];
  choices: ClassChoices;
  fates: ReadonlyMap<string, ClassFate>;
  here: readonly string[];
  onChange: (choices: ClassChoices) => void;
}) {
  const [search, setSearch] = useState("");
  const found = classes.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const choose = (name: string, target: string | null) => onChange({ ...choices, [name]: target });
  return (
    <Panel
      flush
      title={plural(classes.length, "class", "classes")}
      aside={
        classes.length > 10 && (
          <SearchField value={search} label="Find a class" width={200} onChange={setSearch} />
        )
      }
    >
      <datalist id="classes-here">
        {here.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div style={{ maxHeight: 460, overflow: "auto" }}>
        <Table aria-label="Classes" stickyHeader style={{ minWidth: 460 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>In the source</Table.Th>
              <Table.Th ta="right" w={90}>
                Objects
              </Table.Th>
              <Table.Th w={260}>Becomes here</Table.Th>
              <Table.Th w={90}>Ignore</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.slice(0, SHOWN).map(({ name, count }) => {
              const target = targetOf(name, choices);
              const fate = fates.get(name) ?? "here";
              return (
                <Table.Tr key={name}>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{name}</Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {formatCount(count)}
                  </Table.Td>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap">
                      <TextInput
                        size="xs"
                        flex={1}
                        list="classes-here"
                        maxLength={80}
                        aria-label={`Class for ${name}`}
                        value={target ?? ""}
                        disabled={target === null}
                        error={fate === "unnamed"}
                        onChange={(event) => choose(name, event.currentTarget.value)}
                      />
                      <Text size="xs" c={fate === "unnamed" ? "red" : "dimmed"} w={78}>
                        {FATES[fate]}
                      </Text>
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    <Checkbox
                      size="sm"
                      aria-label={`Ignore ${name}`}
                      checked={target === null}
                      onChange={(event) => choose(name, event.currentTarget.checked ? null : name)}
                    />
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
      {found.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          {classes.length === 0 ? "The source has no classes." : "No class has this in its name."}
        </Text>
      )}
      {found.length > SHOWN && (
        <Text size="sm" c="dimmed" p="md">
          {plural(found.length - SHOWN, "more class", "more classes")}: search for them by name.
        </Text>
      )}
    </Panel>
  );
}
