import { Combobox, Text, Textarea, type TextareaProps, useCombobox } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useMembers } from "@/api/datasets";
import { useSession } from "@/api/session";
import { callAt, complete, matching } from "@/lib/mentions";

type Props = Omit<TextareaProps, "value" | "onChange" | "onSelect"> & {
  /** Whose members can be mentioned. */
  dataset: string;
  value: string;
  onText: (text: string) => void;
};

/** A text in which "@" offers the members of the dataset: arrows choose, Enter takes, Escape closes the list alone. */
export function MentionField({ dataset, value, onText, onKeyDown, ...props }: Props) {
  const combobox = useCombobox();
  const ref = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [hasOptions, setHasOptions] = useState(false);
  const call = caret === null ? null : callAt(value, caret);
  const isOpen = call !== null && call.start !== closedAt;
  const isChoosing = isOpen && hasOptions;

  const take = (username: string) => {
    if (!call || caret === null) return;
    const next = complete(value, caret, call, username);
    onText(next.text);
    // After the new text is in the field.
    requestAnimationFrame(() => {
      ref.current?.focus();
      ref.current?.setSelectionRange(next.caret, next.caret);
      setCaret(next.caret);
    });
  };

  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const isSending = event.ctrlKey || event.metaKey;
    if (!isChoosing || isSending || !["Enter", "Escape", "ArrowDown", "ArrowUp"].includes(event.key)) {
      onKeyDown?.(event);
      return;
    }
    // The list's own: not the form's, nor the page's behind.
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      setClosedAt(call.start);
    }
  };

  return (
    <Combobox
      store={{ ...combobox, dropdownOpened: isChoosing }}
      onOptionSubmit={take}
      position="bottom-start"
      width="target"
      withinPortal={false}
    >
      <Combobox.Target withKeyboardNavigation={isChoosing}>
        <Textarea
          {...props}
          ref={ref}
          value={value}
          onChange={(event) => {
            onText(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart);
          }}
          onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
          onBlur={() => setCaret(null)}
          onKeyDown={onKey}
        />
      </Combobox.Target>
      {isOpen && (
        <Members
          dataset={dataset}
          name={call.name}
          onCount={(count) => {
            setHasOptions(count > 0);
            if (count > 0) combobox.selectFirstOption();
          }}
        />
      )}
    </Combobox>
  );
}

type MembersProps = { dataset: string; name: string; onCount: (count: number) => void };

function Members({ dataset, name, onCount }: MembersProps) {
  const members = useMembers(dataset);
  const myId = useSession().data?.user?.id;
  const people = (members.data ?? []).map(({ user }) => user).filter(({ id }) => id !== myId);
  const found = matching(people, name);
  const names = found.map(({ username }) => username).join(" ");
  useEffect(() => {
    onCount(found.length);
    // Another name, another list.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [names]);
  return (
    <Combobox.Dropdown>
      <Combobox.Options aria-label="Members to mention">
        {found.map(({ username, display_name: shown }) => (
          // The field keeps the focus.
          <Combobox.Option key={username} value={username} onMouseDown={(event) => event.preventDefault()}>
            <Text size="sm" truncate>
              @{username}
              {shown !== username && (
                <Text span inherit opacity={0.8}>
                  {" "}
                  {shown}
                </Text>
              )}
            </Text>
          </Combobox.Option>
        ))}
      </Combobox.Options>
    </Combobox.Dropdown>
  );
}
