import { Kbd, Loader, Modal, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { asProblem } from "@/api/problem";
import { SPLIT_WORDS, STATUS_WORDS } from "../dataset/imagesAddress";
import { StatusIcon } from "../dataset/StatusIcon";
import classes from "./strip.module.css";
import { foundQuery } from "./queries";

type Props = { slug: string; opened: boolean; onClose: () => void; onOpen: (id: string) => void };

/** Opens an image of the dataset by a part of its name. */
export function JumpDialog({ slug, opened, onClose, onOpen }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Jump to an image"
      size={560}
      yOffset="12vh"
      centered={false}
    >
      <JumpSearch slug={slug} onClose={onClose} onOpen={onOpen} />
    </Modal>
  );
}

const PAUSE_MS = 150;

function JumpSearch({ slug, onClose, onOpen }: Omit<Props, "opened">) {
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), PAUSE_MS);
  const found = useQuery(foundQuery(slug, search));
  const [marked, setMarked] = useState(0);
  const list = useId();
  const items = found.data?.results ?? [];
  const isCurrent = search === text.trim() && !found.isPlaceholderData;
  const at = Math.min(marked, items.length - 1);
  const markedOption = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Newer browsers answer with a promise, which must not become what ends the effect.
    markedOption.current?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const open = (id: string): void => {
    onClose();
    onOpen(id);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length > 0) {
      event.preventDefault();
      setMarked((at + step + items.length) % items.length);
    }
    const chosen = items[at];
    // Not what an earlier search found, while the answer to this one is on its way.
    if (event.key === "Enter" && chosen && isCurrent) open(chosen.id);
  };

  return (
    <>
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded={items.length > 0}
        aria-controls={list}
        aria-activedescendant={items[at] ? `${list}-${at}` : undefined}
        aria-label="Name of an image"
        placeholder="A part of its name"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={found.isFetching && <Loader size={14} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setMarked(0);
        }}
        onKeyDown={onKey}
      />
      <div id={list} role="listbox" aria-label="Images found" className={classes.found}>
        {items.map((item, index) => (
          <button
            key={item.id}
            id={`${list}-${index}`}
            ref={index === at ? markedOption : undefined}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={classes.foundImage}
            onPointerMove={() => setMarked(index)}
            onClick={() => open(item.id)}
          >
            <img src={item.thumbnail_url} alt="" decoding="async" />
            <span className={classes.foundName} title={item.file_name}>
              {item.file_name}
            </span>
            <span className={classes.foundStatus}>
              <StatusIcon status={item.status} />
              {STATUS_WORDS[item.status]} · {SPLIT_WORDS[item.split].toLowerCase()}
            </span>
          </button>
        ))}
      </div>
      {found.isError && (
        <Text size="sm" c="var(--mantine-color-red-text)">
          {asProblem(found.error).message}
        </Text>
      )}
      {found.isSuccess && isCurrent && items.length === 0 && (
        <Text size="sm" c="dimmed" py="md">
          No image of this dataset is called that.
        </Text>
      )}
      <Text size="xs" c="dimmed" mt="sm">
        <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> choose, <Kbd size="xs">Enter</Kbd> opens
        {found.data?.next ? "; more images match, type more of the name" : ""}
      </Text>
    </>
  );
}
