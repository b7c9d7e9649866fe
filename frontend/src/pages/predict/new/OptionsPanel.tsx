import {
  ActionIcon,
  Button,
  Collapse,
  MultiSelect,
  NumberInput,
  Select,
  Skeleton,
  Stack,
  Switch,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconRotate } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { ErrorNotice } from "@/components/ErrorNotice";
import type { OptionValues } from "./address";
import { usePredictOptions } from "./api";
import type { OptionValue, PredictOption } from "@/api/types";
import { defaultWords, faultOfOption, valueOf, withOption } from "./options";
import classes from "./Predict.module.css";

type PanelProps = {
  options: readonly PredictOption[];
  values: OptionValues;
  classNames: readonly string[];
  onChange: (values: OptionValues) => void;
  /** What is not Ultralytics' but belongs beside it. */
  children?: ReactNode;
};

/** Ultralytics' options, folded until somebody wants them; the changed ones are counted. */
export function OptionsPanel({ options, values, classNames, onChange, children }: PanelProps) {
  const query = usePredictOptions();
  const changed = options.filter(({ name }) => name in values).length;
  const [isOpen, setOpen] = useState(Object.keys(values).length > 0);
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        ml={-8}
        aria-expanded={isOpen}
        leftSection={isOpen ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
        onClick={() => setOpen(!isOpen)}
      >
        Options{changed > 0 && ` (${changed} changed)`}
      </Button>
      <Collapse expanded={isOpen}>
        <Stack gap={0} mt="xs">
          {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
          {query.isPending && <Skeleton height={160} />}
          {options.map((option) => (
            <OptionRow
              key={option.name}
              option={option}
              value={valueOf(option, values)}
              isChanged={option.name in values}
              classNames={classNames}
              onChange={(value) => onChange(withOption(values, option, value))}
            />
          ))}
          {children}
          {query.data && (
            <Text size="xs" c="dimmed" pt="xs">
              Names and meanings are Ultralytics&apos;.
            </Text>
          )}
        </Stack>
      </Collapse>
    </div>
  );
}

type RowProps = {
  option: PredictOption;
  value: OptionValue;
  isChanged: boolean;
  classNames: readonly string[];
  onChange: (value: OptionValue) => void;
};

function OptionRow(props: RowProps) {
  const { option, isChanged, onChange } = props;
  return (
    <div className={classes.option} data-wide={option.kind === "classes" || undefined}>
      <div>
        <Text size="sm" ff="monospace" fw={isChanged ? 650 : 500}>
          {option.name}
        </Text>
        <Text size="xs" c="dimmed" id={`help-${option.name}`}>
          {option.help} ({defaultWords(option)})
        </Text>
      </div>
      <div className={classes.control}>
        <OptionInput {...props} />
        {isChanged && (
          <Tooltip label="Back to the default">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Reset ${option.name}`}
              onClick={() => onChange(option.default)}
            >
              <IconRotate size={15} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
    </div>
  );
}

function OptionInput({ option, value, classNames, onChange }: RowProps) {
  const { name, kind, choices, minimum, maximum } = option;
  const fault = faultOfOption(option, value, classNames);
  const common = { "aria-label": name, "aria-describedby": `help-${name}`, error: fault || undefined };
  if (kind === "switch")
    return (
      <Switch
        {...common}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  if (kind === "choice")
    return (
      <Select
        {...common}
        size="xs"
        allowDeselect={false}
        value={String(value ?? "")}
        onChange={(next) => onChange(next ?? "")}
        data={choices.map((choice) => ({ value: choice, label: choice || "none" }))}
      />
    );
  if (kind === "classes") {
    const chosen = Array.isArray(value) ? value : [];
    return (
      <MultiSelect
        {...common}
        size="xs"
        searchable
        clearable
        hidePickedOptions
        flex={1}
        placeholder={chosen.length > 0 ? undefined : "Every class"}
        nothingFoundMessage="No class is called so"
        value={chosen}
        onChange={onChange}
        data={[...new Set([...classNames, ...chosen])]}
      />
    );
  }
  return (
    <NumberInput
      {...common}
      size="xs"
      min={minimum ?? undefined}
      max={maximum ?? undefined}
      step={kind === "number" ? 0.05 : name === "imgsz" ? 32 : 1}
      allowDecimal={kind === "number"}
      clampBehavior="none"
      placeholder={option.default === null ? "the model's own" : undefined}
      value={typeof value === "number" ? value : ""}
      onChange={(next) => onChange(typeof next === "number" ? next : null)}
    />
  );
}
