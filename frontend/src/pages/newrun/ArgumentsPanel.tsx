import {
  ActionIcon,
  Alert,
  Button,
  Group,
  NumberInput,
  Select,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconRotate, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { useTrainArguments } from "@/api/runs";
import type { ArgumentValue, TrainArgument } from "@/api/types";
import { plural } from "@/lib/format";
import {
  type ArgumentValues,
  defaultWords,
  groupArguments,
  valueOf,
  withArgument,
  withoutArgument,
} from "./arguments";
import classes from "./NewRun.module.css";

type PanelProps = {
  values: ArgumentValues;
  faults: Readonly<Record<string, string>>;
  onChange: (values: Record<string, ArgumentValue>) => void;
};

/** Every further train argument of Ultralytics, read from the one that will train. */
export function ArgumentsPanel({ values, faults, onChange }: PanelProps) {
  const query = useTrainArguments();
  const [search, setSearch] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  const changedCount = Object.keys(values).length;
  const all = query.data?.arguments ?? [];
  const groups = groupArguments(all, search, onlyChanged ? values : null);
  const unknown = query.data
    ? Object.keys(values).filter((name) => !all.some((item) => item.name === name))
    : [];
  return (
    <Stack gap="sm">
      <Group gap="sm" justify="space-between">
        <TextInput
          aria-label="Find an argument"
          placeholder="Find an argument, such as mosaic"
          leftSection={<IconSearch size={16} />}
          flex="1 1 220px"
          maw={360}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          // Enter looks for arguments here; it does not start the run.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
        />
        <Group gap="md">
          <Switch
            label={`Only changed (${changedCount})`}
            checked={onlyChanged}
            onChange={(event) => setOnlyChanged(event.currentTarget.checked)}
          />
          <Button
            size="xs"
            variant="default"
            disabled={changedCount === 0}
            leftSection={<IconRotate size={14} />}
            onClick={() => onChange({})}
          >
            Reset all
          </Button>
        </Group>
      </Group>
      {query.isPending && <Skeleton height={160} />}
      {query.isError && (
        <Alert color="yellow" variant="light">
          <Text size="sm">{asProblem(query.error).message}</Text>
          {changedCount > 0 && (
            <Text size="sm" mt={4}>
              {plural(changedCount, "argument")} set here will be sent all the same:{" "}
              {Object.entries(values)
                .map(([name, value]) => `${name}=${String(value)}`)
                .join(", ")}
            </Text>
          )}
          <Button size="xs" variant="default" mt="xs" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </Alert>
      )}
      {unknown.map((name) => (
        <Group key={name} gap="xs">
          <Text size="sm" c="red">
            {name}: {faults[name]}
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => onChange(withoutArgument(values, name))}>
            Leave it out
          </Button>
        </Group>
      ))}
      {query.data && groups.length === 0 && (
        <Text size="sm" c="dimmed" py="sm">
          {onlyChanged && changedCount === 0
            ? "Nothing is changed: all have Ultralytics' defaults."
            : "No argument matches."}
        </Text>
      )}
      {groups.map(([group, items]) => (
        <section key={group} aria-label={group}>
          <Text size="sm" fw={600} mb={4}>
            {group}
          </Text>
          {items.map((argument) => (
            <ArgumentRow
              key={argument.name}
              argument={argument}
              value={valueOf(argument, values)}
              changed={argument.name in values}
              fault={faults[argument.name]}
              onChange={(value) => onChange(withArgument(values, argument, value))}
            />
          ))}
        </section>
      ))}
      {query.data && (
        <Text size="xs" c="dimmed">
          Names, defaults and help are those of Ultralytics {query.data.ultralytics}.
        </Text>
      )}
    </Stack>
  );
}

type RowProps = {
  argument: TrainArgument;
  value: ArgumentValue;
  changed: boolean;
  fault: string | undefined;
  onChange: (value: ArgumentValue) => void;
};

function ArgumentRow(props: RowProps) {
  const { argument, changed, onChange } = props;
  return (
    <div className={classes.argument} data-changed={changed || undefined}>
      <div>
        <Text size="sm" ff="monospace" fw={changed ? 650 : 500}>
          {argument.name}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {argument.help} ({defaultWords(argument)})
        </Text>
      </div>
      <ArgumentInput {...props} />
      {changed && (
        <Tooltip label={`Back to ${defaultWords(argument)}`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            mt={4}
            aria-label={`Reset ${argument.name}`}
            onClick={() => onChange(argument.default)}
          >
            <IconRotate size={15} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

function ArgumentInput({ argument, value, fault, onChange }: RowProps) {
  const { name, kind, choices, minimum, maximum } = argument;
  const common = { "aria-label": name, error: fault };
  if (choices) {
    return (
      <Select
        {...common}
        size="sm"
        clearable={argument.default === null}
        allowDeselect={argument.default === null}
        value={value === null ? null : String(value)}
        onChange={(word) => onChange(choices.find((choice) => String(choice) === word) ?? null)}
        data={choices.map(String)}
      />
    );
  }
  if (kind === "bool" && argument.default === null) {
    return (
      <Select
        {...common}
        placeholder="none"
        clearable
        value={value === null ? null : String(value)}
        onChange={(word) => onChange(word === null ? null : word === "true")}
        data={["true", "false"]}
      />
    );
  }
  if (kind === "bool") {
    return (
      <Switch
        {...common}
        pt={6}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (kind === "str") {
    return (
      <TextInput
        {...common}
        value={value === null ? "" : String(value)}
        onChange={(event) => onChange(event.currentTarget.value || (argument.default === null ? null : ""))}
      />
    );
  }
  return (
    <NumberInput
      {...common}
      min={minimum ?? undefined}
      max={maximum ?? undefined}
      clampBehavior="none"
      allowDecimal={kind === "float"}
      step={kind === "int" ? 1 : stepOf(argument.default)}
      value={typeof value === "number" ? value : ""}
      onChange={(typed) => onChange(typed === "" ? null : Number(typed))}
    />
  );
}

/** A tenth of the default's own magnitude: 0.001 steps by 0.0001, 7.5 by 0.1. */
function stepOf(value: ArgumentValue): number {
  if (typeof value !== "number" || value === 0) return 0.1;
  return 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
}
