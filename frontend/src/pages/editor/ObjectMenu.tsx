import { Menu } from "@mantine/core";
import {
  IconCopy,
  IconEyeOff,
  IconLock,
  IconLockOpen,
  IconNote,
  IconStackBack,
  IconStackFront,
  IconTag,
  IconTrash,
} from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { duplicateSelected } from "@/canvas/operations/copies";
import { moveSelected, deleteObjects, setClassOf } from "@/canvas/operations/objects";
import type { MenuRequest } from "@/canvas/model/state";
import { isIgnored } from "@/canvas/model/document";
import { IGNORED_NAME } from "@/canvas/model/style";
import { plural } from "@/lib/format";
import classes from "./editor.module.css";
import { swatchOf } from "./class-look";
import { useKeyNames } from "./use-keys";

type Props = {
  editor: Editor;
  /** In the order of their number keys. */
  choices: readonly DatasetClass[];
  /** Opens the attributes and the note of one object. */
  onDetails: (id: string) => void;
};

/** What can be done with an object, where it lies: by the right button, a finger held on it, or the menu key. */
export function ObjectMenu(props: Props) {
  const { editor } = props;
  const [request, setRequest] = useState<MenuRequest | null>(null);
  useEffect(() => {
    const stops = [
      editor.on("menu", setRequest),
      // What moves under the menu closes it: it would be about something else.
      editor.on("camera", () => setRequest(null)),
    ];
    return () => {
      setRequest(null);
      stops.forEach((stop) => stop());
    };
  }, [editor]);
  // The key that asks for the menu asks the browser for its own, too.
  useEffect(() => {
    if (!request) return;
    const prevent = (event: Event): void => event.preventDefault();
    window.addEventListener("contextmenu", prevent, { capture: true });
    return () => window.removeEventListener("contextmenu", prevent, { capture: true });
  }, [request]);
  if (!request) return null;
  const close = (): void => setRequest(null);
  return <OpenMenu key={request.ids.join()} {...props} request={request} onClose={close} />;
}

function OpenMenu({
  editor,
  choices,
  onDetails,
  request: { ids, at },
  onClose,
}: Props & { request: MenuRequest; onClose: () => void }) {
  const keyOf = useKeyNames();
  const before = useRef(document.activeElement);
  const objects = ids.flatMap((id) => editor.scene.item(id)?.instance ?? []);
  const [first] = objects;
  const isLocked = ids.every((id) => editor.state.locked.has(id));
  const areIgnored = objects.length > 0 && objects.every(isIgnored);
  const name = areIgnored
    ? IGNORED_NAME
    : (choices.find(({ id }) => id === first?.class_id)?.name ?? "object");
  const close = (): void => {
    // Drawing goes on where it was: what the menu was about is not selected any longer.
    if (editor.state.tool !== "select" && editor.state.purpose === "new") editor.selection.select([]);
    onClose();
    if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
  };
  if (!first) return null;
  const only = new Set(ids);
  const key = (id: string) => <span className={classes.dim}>{keyOf(id)}</span>;
  const title = ids.length === 1 ? name : plural(ids.length, "object");
  return (
    <Menu
      opened
      onChange={(opened) => !opened && close()}
      position="bottom-start"
      offset={2}
      width={250}
      shadow="md"
      trapFocus
      returnFocus={false}
      transitionProps={{ duration: 0 }}
    >
      <Menu.Target>
        <span className={classes.menuAt} style={{ left: at.x, top: at.y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={`Menu of ${title}`}>
        <Menu.Label>{title}</Menu.Label>
        <Menu.Sub>
          <Menu.Sub.Target>
            <Menu.Sub.Item leftSection={<IconTag size={16} />} disabled={isLocked}>
              Class
            </Menu.Sub.Item>
          </Menu.Sub.Target>
          <Menu.Sub.Dropdown className={classes.menuClasses}>
            {choices.map((each, i) => (
              <Menu.Item
                key={each.id}
                leftSection={<span className={classes.swatch} style={{ background: each.color }} />}
                rightSection={i < 9 ? key(`class.${i + 1}`) : undefined}
                aria-current={objects.every(({ class_id }) => class_id === each.id) || undefined}
                onClick={() => setClassOf(editor, only, each.id)}
              >
                {each.name}
              </Menu.Item>
            ))}
            <Menu.Item
              leftSection={
                <span className={classes.swatch} style={{ background: swatchOf(null, undefined) }} />
              }
              rightSection={key("class.ignore")}
              aria-current={areIgnored || undefined}
              onClick={() => setClassOf(editor, only, null)}
            >
              {IGNORED_NAME}
            </Menu.Item>
          </Menu.Sub.Dropdown>
        </Menu.Sub>
        <Menu.Item
          leftSection={<IconNote size={16} />}
          rightSection={key("edit.details")}
          disabled={isLocked || ids.length > 1}
          onClick={() => onDetails(first.id)}
        >
          Note and attributes
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCopy size={16} />}
          rightSection={key("edit.duplicate")}
          disabled={isLocked}
          onClick={() => duplicateSelected(editor)}
        >
          Duplicate
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconStackFront size={16} />}
          rightSection={key("edit.to-front")}
          disabled={isLocked}
          onClick={() => moveSelected(editor, "front")}
        >
          Bring to front
        </Menu.Item>
        <Menu.Item
          leftSection={<IconStackBack size={16} />}
          rightSection={key("edit.to-back")}
          disabled={isLocked}
          onClick={() => moveSelected(editor, "back")}
        >
          Send to back
        </Menu.Item>
        <Menu.Item
          leftSection={<IconEyeOff size={16} />}
          rightSection={key("view.hide-selected")}
          onClick={() => editor.selection.setHidden(ids, true)}
        >
          Hide
        </Menu.Item>
        <Menu.Item
          leftSection={isLocked ? <IconLockOpen size={16} /> : <IconLock size={16} />}
          rightSection={isLocked ? undefined : key("edit.lock")}
          onClick={() => editor.selection.setLocked(ids, !isLocked)}
        >
          {isLocked ? "Unlock" : "Lock"}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} />}
          rightSection={key("edit.delete")}
          disabled={isLocked}
          onClick={() => deleteObjects(editor, only)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
