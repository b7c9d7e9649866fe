import { objectCount } from "@/canvas/model/document";
import { Anchor, NumberInput, SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import type { Editor } from "@/canvas/editor/editor";
import { MASK_RATIOS } from "@/canvas/geometry/training-mask";
import { selectVanished } from "@/canvas/operations/selecting";
import { plural } from "@/lib/format";
import { useEditorState } from "./use-editing";

/** Ultralytics' networks halve the image five times. */
const STRIDE = 32;
const MAX_IMGSZ = 2048;

/** The objects as pixels of the size that is trained on, and which of them vanish. */
export function ModelViewSettings({ editor }: { editor: Editor }) {
  const { modelView, trainingSize } = useEditorState(editor);
  const { imgsz, maskRatio } = trainingSize;
  return (
    <Stack gap="xs">
      <Switch
        size="sm"
        label="As the model sees it (Shift + M)"
        checked={modelView}
        onChange={(event) => editor.options.set({ modelView: event.currentTarget.checked })}
      />
      {modelView && (
        <>
          <NumberInput
            size="xs"
            label="Image size (imgsz)"
            min={STRIDE}
            max={MAX_IMGSZ}
            step={STRIDE}
            allowDecimal={false}
            value={imgsz}
            onChange={(value) => {
              // A size that is being typed is not one yet.
              const size = Number(value);
              if (size % STRIDE === 0 && size >= STRIDE && size <= MAX_IMGSZ) {
                editor.options.set({ trainingSize: { imgsz: size, maskRatio } });
              }
            }}
            onBlur={(event) => {
              const size = Math.round(Number(event.currentTarget.value) / STRIDE) * STRIDE;
              const within = Math.max(STRIDE, Math.min(MAX_IMGSZ, size));
              editor.options.set({ trainingSize: { imgsz: within, maskRatio } });
            }}
          />
          <div>
            <Text size="xs" fw={500} mb={4} id="mask-ratio">
              Masks are smaller by (mask_ratio)
            </Text>
            <SegmentedControl
              size="xs"
              fullWidth
              aria-labelledby="mask-ratio"
              data={MASK_RATIOS.map(String)}
              value={String(maskRatio)}
              onChange={(value) => editor.options.set({ trainingSize: { imgsz, maskRatio: Number(value) } })}
            />
          </div>
          <Vanished editor={editor} />
        </>
      )}
    </Stack>
  );
}

function Vanished({ editor }: { editor: Editor }) {
  const { seen, document } = useEditorState(editor);
  if (!seen) return null;
  const { vanished, size } = seen;
  const total = plural(objectCount(document), "object");
  if (vanished.length === 0) {
    return (
      <Text size="xs" role="status">
        None of {total} vanishes at {size.imgsz}.
      </Text>
    );
  }
  return (
    <Text size="xs" role="status">
      {vanished.length} of {total} {vanished.length === 1 ? "vanishes" : "vanish"} at {size.imgsz}.{" "}
      <Anchor component="button" size="xs" onClick={() => selectVanished(editor)}>
        Select {vanished.length === 1 ? "it" : "them"}
      </Anchor>
    </Text>
  );
}
