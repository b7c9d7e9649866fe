import { Button, Group, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useLimitServed } from "@/api/served";
import type { ServedModel } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";

/** How many requests a minute one token may send. */
export function LimitForm({ served }: { served: ServedModel }) {
  const [most, setMost] = useState<number | string>(served.requests_per_minute);
  const limit = useLimitServed(served.name);
  const isChanged = typeof most === "number" && most !== served.requests_per_minute;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) limit.mutate(most);
      }}
    >
      <Group gap="xs" align="end">
        <NumberInput
          size="xs"
          w={220}
          label="Requests a minute, for each token"
          min={1}
          max={6000}
          allowDecimal={false}
          value={most}
          onChange={setMost}
        />
        {isChanged && (
          <Button size="xs" type="submit" variant="default" loading={limit.isPending}>
            Save
          </Button>
        )}
      </Group>
      {limit.isError && <ErrorNotice error={limit.error} />}
    </form>
  );
}
