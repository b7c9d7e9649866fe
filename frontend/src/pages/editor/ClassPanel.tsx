import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { IconEye, IconEyeOff, IconSearch } from "@tabler/icons-react";
import { memo, type RefObject, useMemo, useState } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor";
import { toggleClassHidden } from "@/canvas/operations";
import classes from "./editor.module.css";
import { useEditorState } from "./use-editing";

type Props = {
  editor: Editor;
  /** In the order of their number keys. */
  choices: readonly DatasetClass[];
  searchRef: RefObject<HTMLInputElement | null>;
};

/** The class of what is drawn next, and of what is selected. */
export const ClassPanel = memo(function ClassPanel({ editor, choices, searchRef }: Props) {
  const { activeClassId, selection, document, draftPoints, hidden } = useEditorState(editor);
  const [query, setQuery] = useState("");
  const counts = useMemo(() => {
    const byClass = new Map<number, number>();
    for (const { class_id } of document.instances) byClass.set(class_id, (byClass.get(class_id) ?? 0) + 1);
    return byClass;
  }, [document]);
  const visible = useMemo(
    () => new Set(document.instances.filter(({ id }) => !hidden.has(id)).map(({ class_id }) => class_id)),
    [document, hidden],
  );
  const wanted = query.trim().toLowerCase();
  const shown = choices.filter((each) => each.name.toLowerCase().includes(wanted));
  const selectedClasses = new Set(editor.selectedInstances.map((instance) => instance.class_id));
  const marked = selection.size > 0 ? selectedClasses : new Set([activeClassId]);

  const choose = (id: number): void => {
    editor.chooseClass(id);
    if (query === "") return;
    setQuery("");
    searchRef.current?.blur();
  };

  return (
    <section className={classes.classes} aria-label="Classes">
      <div className={classes.heading}>
        <span>{selection.size > 0 ? "Class of what is selected" : "Class"}</span>
      </div>
      {choices.length > 6 && (
        <TextInput
          ref={searchRef}
          mx={8}
          mb={4}
          size="xs"
          placeholder="Find a class (C)"
          aria-label="Find a class"
          leftSection={<IconSearch size={14} />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              setQuery("");
              event.currentTarget.blur();
            }
            const first = shown[0];
            if (event.key === "Enter" && first) choose(first.id);
          }}
        />
      )}
      <div className={classes.scroll} role="radiogroup" aria-label="Class">
        {shown.map((each) => {
          const number = choices.indexOf(each) + 1;
          const count = counts.get(each.id) ?? 0;
          const isHidden = count > 0 && !visible.has(each.id);
          return (
            <div key={each.id} className={classes.classRow}>
              <button
                type="button"
                role="radio"
                aria-checked={marked.has(each.id)}
                className={classes.class}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(each.id)}
              >
                <span className={classes.swatch} style={{ background: each.color }} />
                <span className={classes.grow}>{each.name}</span>
                <span className={classes.dim}>{count || ""}</span>
                {number <= 9 && <span className={classes.key}>{number}</span>}
              </button>
              <Tooltip label={isHidden ? "Show its objects" : "Hide its objects"}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={count === 0}
                  aria-label={`${isHidden ? "Show" : "Hide"} all of class ${each.name}`}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => toggleClassHidden(editor, each.id)}
                >
                  {isHidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
                </ActionIcon>
              </Tooltip>
            </div>
          );
        })}
        {choices.length === 0 && (
          <p className={classes.dim}>
            This dataset has no class yet. {draftPoints > 0 ? "Your outline is kept. " : ""}A team lead adds
            classes on the dataset’s Classes page.
          </p>
        )}
        {choices.length > 0 && shown.length === 0 && <p className={classes.dim}>No class is called that.</p>}
      </div>
    </section>
  );
});
