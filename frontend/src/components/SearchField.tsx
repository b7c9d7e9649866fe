import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

/** A search that answers while typing, and follows when the address changes. */
export function SearchField({
  value,
  onChange,
  label,
  width = 240,
}: {
  value: string;
  onChange: (value: string) => void;
  label: string;
  width?: number | string;
}) {
  const [draft, setDraft] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== sent) {
    setSent(value);
    setDraft(value);
  }
  const send = useDebouncedCallback((next: string) => {
    setSent(next);
    onChange(next);
  }, 250);
  const change = (next: string) => {
    setDraft(next);
    send(next);
  };
  return (
    <TextInput
      type="search"
      size="sm"
      w={width}
      aria-label={label}
      placeholder={label}
      value={draft}
      onChange={(event) => change(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden="true" />}
      rightSection={
        draft ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => change("")} /> : null
      }
    />
  );
}
