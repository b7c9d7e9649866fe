import {
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useDevices } from "@/api/runs";
import type { Priority } from "@/api/types";
import { deviceChoices, deviceName } from "@/lib/devices";
import type { Faults, RunForm } from "./form";
import type { Numbers } from "./numbers";

type PartProps = { form: RunForm; faults: Faults; onChange: (change: Partial<RunForm>) => void };

export const PRIORITY_WORDS: Record<Priority, string> = { high: "High", normal: "Normal", low: "Low" };
const PRIORITIES: readonly Priority[] = ["high", "normal", "low"];

function numberField({ form, faults, onChange }: PartProps, field: keyof Numbers) {
  return {
    value: form.numbers[field] ?? "",
    error: faults.numbers[field],
    clampBehavior: "none" as const,
    onChange: (value: string | number) =>
      onChange({ numbers: { ...form.numbers, [field]: value === "" ? null : Number(value) } }),
  };
}

/** The few numbers that everybody looks at, and where it trains. */
export function HowToTrain(props: PartProps) {
  const { form, onChange } = props;
  const choices = useDeviceChoices(form.device);
  const devices = useDevices();
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <NumberInput
          label="Epochs"
          min={1}
          max={10000}
          allowDecimal={false}
          {...numberField(props, "epochs")}
        />
        <NumberInput
          label="Image size"
          suffix=" px"
          min={32}
          max={4096}
          step={32}
          {...numberField(props, "image_size")}
        />
        <NumberInput label="Batch" min={1} max={1024} allowDecimal={false} {...numberField(props, "batch")} />
        <NumberInput label="Patience" min={0} allowDecimal={false} {...numberField(props, "patience")} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Select
          label="Device"
          description={devices.data?.message || undefined}
          inputWrapperOrder={["label", "input", "description", "error"]}
          allowDeselect={false}
          value={form.device}
          onChange={(device) => onChange({ device: device ?? "auto" })}
          data={choices}
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            Priority in the queue
          </Text>
          <SegmentedControl
            aria-label="Priority in the queue"
            value={form.priority}
            onChange={(value) =>
              onChange({ priority: PRIORITIES.find((item) => item === value) ?? "normal" })
            }
            data={PRIORITIES.map((value) => ({ value, label: PRIORITY_WORDS[value] }))}
          />
        </div>
      </SimpleGrid>
      <Switch
        label="Allow a smaller batch"
        description="When the memory runs out, go on with half the batch from the last epoch instead of failing."
        checked={form.allowSmallerBatch}
        onChange={(event) => onChange({ allowSmallerBatch: event.currentTarget.checked })}
      />
    </Stack>
  );
}

/** Fields of a run that are no arguments of Ultralytics, or are set by Segloop for it. */
export function FurtherFields(props: PartProps) {
  const { form, faults, onChange } = props;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput
        label="Name"
        description="Empty: made up from the model and a number"
        maxLength={120}
        value={form.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <NumberInput
        label="Learning rate"
        description="Empty: Ultralytics chooses it, and the optimiser"
        min={0}
        max={1}
        step={0.001}
        decimalScale={7}
        {...numberField(props, "learning_rate")}
      />
      <NumberInput
        label="Seed"
        description="The same seed gives the same order of images"
        min={0}
        allowDecimal={false}
        {...numberField(props, "seed")}
      />
      <NumberInput
        label="Epochs between sample predictions"
        description="Empty: at most twenty samples a run; 0: none"
        min={0}
        allowDecimal={false}
        clampBehavior="none"
        value={form.sampleEvery ?? ""}
        error={faults.sampleEvery || undefined}
        onChange={(value) => onChange({ sampleEvery: value === "" ? null : Number(value) })}
      />
    </SimpleGrid>
  );
}

function useDeviceChoices(current: string) {
  return deviceChoices(useDevices().data?.devices ?? [], current);
}

export function useDeviceName(id: string): string {
  return deviceName(useDevices().data?.devices ?? [], id);
}
