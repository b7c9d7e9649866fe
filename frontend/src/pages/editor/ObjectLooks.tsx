import { SegmentedControl, Switch, Text } from "@mantine/core";
import { useId } from "react";
import type { Editor } from "@/canvas/editor/editor";
import { useEditorState } from "./use-editing";
import { useKeyNames, withKey } from "./use-keys";

/** How objects look on the canvas, and what becomes of one that was just drawn. */
export function ObjectLooks({ editor }: { editor: Editor }) {
  const { colorBy, labels, selectsNew } = useEditorState(editor);
  const keyOf = useKeyNames();
  const label = useId();
  return (
    <>
      <div>
        <Text size="sm" mb={4} id={label}>
          {withKey("Colours tell apart", keyOf("view.color-by"))}
        </Text>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-labelledby={label}
          value={colorBy}
          onChange={(value) => editor.look.set({ colorBy: value === "object" ? "object" : "class" })}
          data={[
            { value: "class", label: "Classes" },
            { value: "object", label: "Objects" },
          ]}
        />
      </div>
      <Switch
        size="sm"
        label={withKey("Names on the canvas", keyOf("view.labels"))}
        checked={labels}
        onChange={(event) => editor.look.set({ labels: event.currentTarget.checked })}
      />
      <Switch
        size="sm"
        label={withKey("Select what was just drawn", keyOf("draw.select-new"))}
        checked={selectsNew}
        onChange={(event) => editor.options.set({ selectsNew: event.currentTarget.checked })}
      />
    </>
  );
}
