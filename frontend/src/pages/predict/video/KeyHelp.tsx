import { Kbd, Modal, Text } from "@mantine/core";
import { Fragment } from "react";
import { KEYS, printedKeys } from "./keys";
import classes from "./VideoPage.module.css";

export function KeyHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys and gestures" size="md">
      <div className={classes.keys}>
        {KEYS.map(({ command, does, keys }) => (
          <Fragment key={command}>
            <span>
              {printedKeys(keys).map((chord, i) => (
                <Fragment key={chord.join()}>
                  {i > 0 && " or "}
                  {chord.map((key) => (
                    <Kbd key={key} size="sm" mr={3}>
                      {key}
                    </Kbd>
                  ))}
                </Fragment>
              ))}
            </span>
            <span>{does}</span>
          </Fragment>
        ))}
      </div>
      <Text size="sm" c="dimmed" mt="md">
        Press or drag on the timeline to seek; turn the wheel with Ctrl over it to zoom, sideways to move
        along. A click on the video plays or pauses it.
      </Text>
    </Modal>
  );
}
