import { Kbd, Modal, Text } from "@mantine/core";
import { COMMANDS, GESTURES } from "./commands";
import classes from "./editor.module.css";

const GROUPS = ["Draw", "Edit", "Classes", "View", "Images"] as const;

export function HelpOverlay({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys and gestures" size="xl">
      <div className={classes.shortcuts}>
        {GROUPS.map((group) => (
          <section key={group} aria-label={group}>
            <Text fw={600} size="sm" c="dimmed" mb={4}>
              {group}
            </Text>
            {[...COMMANDS, ...GESTURES]
              .filter((command) => command.group === group)
              .map(({ label, keys }) => (
                <div key={label + keys.join()} className={classes.shortcut}>
                  <span>{label}</span>
                  <span className={classes.keys}>
                    {keys.map((key) => (
                      <Kbd key={key} size="sm">
                        {key}
                      </Kbd>
                    ))}
                  </span>
                </div>
              ))}
          </section>
        ))}
      </div>
      <Text size="sm" c="dimmed">
        On a touch screen: one finger draws, two fingers move and zoom. Once a pen is used, the pen draws and
        one finger moves.
      </Text>
    </Modal>
  );
}
