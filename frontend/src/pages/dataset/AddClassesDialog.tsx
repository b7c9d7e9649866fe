import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useRef, useState } from "react";
import { useAddClass } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import type { DatasetClass } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { describeRest, parseClassList } from "@/lib/classList";
import { nextClassColor } from "@/lib/colors";
import { plural } from "@/lib/format";

/** How many of the names are shown with their colours before they are added. */
const MOST_SHOWN = 24;

/** Classes by name, one or a pasted list; it stays open for more. */
export function AddClassesDialog({
  slug,
  classes,
  onClose,
}: {
  slug: string;
  classes: readonly DatasetClass[];
  onClose: () => void;
}) {
  const add = useAddClass(slug);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const [added, setAdded] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [isAdding, setAdding] = useState(false);
  // The list of the dataset follows a moment later: what was just added counts as known at once.
  const list = parseClassList(text, [...classes.map(({ name }) => name), ...added]);
  const rest = describeRest(list);
  const { names } = list;
  const colored = withColors(names.slice(0, MOST_SHOWN), classes);

  const addAll = async (): Promise<void> => {
    setAdding(true);
    setProblem(null);
    const done: string[] = [];
    try {
      // One after the other: each gets the next index, in the order of the list.
      for (const { name, color } of withColors(names, classes)) {
        await add.mutateAsync({ name, color });
        done.push(name);
      }
      setText("");
    } catch (error) {
      setText(names.slice(done.length).join("\n"));
      setProblem(`${names[done.length] ?? "The class"}: ${asProblem(error).message}`);
    } finally {
      setAdded((before) => [...before, ...done]);
      setAdding(false);
      field.current?.focus();
    }
  };

  return (
    <Modal opened onClose={onClose} title="Add classes" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (names.length > 0 && !isAdding) void addAll();
        }}
      >
        <Stack gap="md">
          <Textarea
            ref={field}
            label="Names"
            description="One a line, or separated by commas; a list from data.yaml will do. Ctrl + Enter adds them."
            data-autofocus
            autosize
            minRows={3}
            maxRows={12}
            value={text}
            error={problem}
            onChange={(event) => {
              setProblem(null);
              setText(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
          <div role="status">
            {colored.length > 0 && (
              <Group gap="xs" mb={rest.length > 0 ? "xs" : 0}>
                {colored.map(({ name, color }) => (
                  <Group key={name} gap={6} wrap="nowrap">
                    <ClassDot color={color} />
                    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                      {name}
                    </Text>
                  </Group>
                ))}
                {names.length > MOST_SHOWN && (
                  <Text size="sm" c="dimmed">
                    and {names.length - MOST_SHOWN} more
                  </Text>
                )}
              </Group>
            )}
            {rest.map((sentence) => (
              <Text size="sm" c="dimmed" key={sentence}>
                {sentence}
              </Text>
            ))}
            {text === "" && added.length > 0 && (
              <Text size="sm">{plural(added.length, "class", "classes")} added. Add more, or close.</Text>
            )}
          </div>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {added.length > 0 ? "Close" : "Cancel"}
            </Button>
            <Button type="submit" loading={isAdding} disabled={names.length === 0}>
              {names.length > 1 ? `Add ${names.length} classes` : "Add the class"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Each with the first colour that is free. */
function withColors(
  names: readonly string[],
  classes: readonly Pick<DatasetClass, "color">[],
): { name: string; color: string }[] {
  const taken = classes.map(({ color }) => color);
  return names.map((name) => {
    const color = nextClassColor(taken);
    taken.push(color);
    return { name, color };
  });
}
