import { ActionIcon, Button, Popover, Slider, Stack, Switch, Text } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { memo } from "react";
import type { Dataset } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { type Adjustments, AS_TAKEN, isAsTaken } from "./adjustments";
import classes from "./editor.module.css";
import { ModelViewSettings } from "./ModelViewSettings";
import { ObjectLooks } from "./ObjectLooks";
import { useEditorState } from "./use-editing";
import { WindowSettings } from "./WindowSettings";

type Props = {
  editor: Editor;
  adjustments: Adjustments;
  onAdjust: (adjustments: Adjustments) => void;
  /** The image and where its window is set; absent where the person draws without the dataset. */
  window?: { imageId: string; dataset: Dataset; onPreview: (url: string | null) => void } | undefined;
};

/** How strongly objects cover the photograph, and how the photograph is shown. */
export const ViewPanel = memo(function ViewPanel({ editor, adjustments, onAdjust, window }: Props) {
  const { opacity, modelView } = useEditorState(editor);
  const isPlain = isAsTaken(adjustments) && !modelView;
  return (
    <div className={classes.opacity}>
      <span className={classes.dim} aria-hidden>
        Opacity
      </span>
      <Slider
        size="sm"
        min={0}
        max={100}
        value={Math.round(opacity * 100)}
        label={(value) => (value === 0 ? "outlines only" : `${value} %`)}
        thumbLabel="Opacity"
        onChange={(value) => editor.look.set({ opacity: value / 100 })}
      />
      <Popover position="top-end" withArrow shadow="md" width={260} trapFocus>
        <Popover.Target>
          <ActionIcon
            title="Colours and names of objects; brightness, contrast; as the model sees it"
            variant={isPlain ? "subtle" : "filled"}
            color={isPlain ? "gray" : undefined}
            aria-label="How the image and its objects are shown"
          >
            <IconAdjustmentsHorizontal size={18} stroke={1.7} />
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown aria-label="How the image and its objects are shown">
          <Stack gap="sm">
            {(["brightness", "contrast"] as const).map((name) => (
              <div key={name}>
                <Text size="sm" mb={4} aria-hidden>
                  {name === "brightness" ? "Brightness" : "Contrast"}
                </Text>
                <Slider
                  size="sm"
                  min={20}
                  max={300}
                  step={5}
                  value={Math.round(adjustments[name] * 100)}
                  label={(value) => `${value} %`}
                  thumbLabel={name === "brightness" ? "Brightness" : "Contrast"}
                  onChange={(value) => onAdjust({ ...adjustments, [name]: value / 100 })}
                />
              </div>
            ))}
            <Switch
              size="sm"
              label="Invert"
              checked={adjustments.inverted}
              onChange={(event) => onAdjust({ ...adjustments, inverted: event.currentTarget.checked })}
            />
            <ObjectLooks editor={editor} />
            {window && <WindowSettings key={window.imageId} {...window} />}
            <ModelViewSettings editor={editor} />
            <Button
              size="xs"
              variant="default"
              disabled={isAsTaken(adjustments)}
              onClick={() => onAdjust(AS_TAKEN)}
            >
              As taken
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
});
