import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { IconEye, IconEyeOff, IconSearch } from "@tabler/icons-react";
import { memo, type RefObject, useMemo, useState } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { toggleClassHidden } from "@/canvas/operations/selecting";
import { classOfChoice, IGNORE } from "@/canvas/model/document";
import { IGNORED_NAME } from "@/canvas/model/style";
import { WhoAddsClasses } from "@/components/WhoAddsClasses";
import { may } from "@/lib/roles";
import classes from "./editor.module.css";
import { swatchOf } from "./class-look";
import { type ClassSource, MakeClassRow, useClassMaker } from "./ClassMaker";
import { useEditorState } from "./use-editing";
import { keysOf, useKeyOf, withKey } from "./use-keys";

const CREATE_KEYS = keysOf("Mod+Enter").join(" + ");

type Props = {
  editor: Editor;
  /** In the order of their number keys. */
  choices: readonly DatasetClass[];
  /** Where new classes go. */
  dataset: ClassSource;
  searchRef: RefObject<HTMLInputElement | null>;
};

/** The class of what is drawn next, and of what is selected. */
export const ClassPanel = memo(function ClassPanel({ editor, choices, dataset, searchRef }: Props) {
  const { activeClassId, selection, document, draftPoints, hidden } = useEditorState(editor);
  const [query, setQuery] = useState("");
  /** The row that Enter takes, among those that match and the one to be made. */
  const [row, setRow] = useState(0);
  const findKey = useKeyOf("class.find");
  const counts = useMemo(() => {
    const byClass = new Map<number | null, number>();
    for (const { class_id } of document.instances) byClass.set(class_id, (byClass.get(class_id) ?? 0) + 1);
    return byClass;
  }, [document]);
  const visible = useMemo(
    () => new Set(document.instances.filter(({ id }) => !hidden.has(id)).map(({ class_id }) => class_id)),
    [document, hidden],
  );
  const wanted = query.trim().toLowerCase();
  const shown = choices.filter((each) => each.name.toLowerCase().includes(wanted));
  const selectedClasses = new Set(editor.selection.instances.map((instance) => instance.class_id));
  const marked =
    selection.size > 0
      ? selectedClasses
      : new Set([activeClassId === null ? undefined : classOfChoice(activeClassId)]);

  const type = (text: string): void => {
    setQuery(text);
    setRow(0);
  };
  const choose = (id: number): void => {
    editor.outlines.chooseClass(id);
    if (query === "") return;
    type("");
    searchRef.current?.blur();
  };
  const maker = useClassMaker(dataset, query, choose);
  const mayMake = may(dataset.role, "manage");
  const last = shown.length - (maker.make ? 0 : 1);
  const exact = shown.find(({ name }) => name.toLowerCase() === wanted);
  const takeRow = (): void => {
    const taken = row === 0 ? (exact ?? shown[0]) : shown[row];
    if (taken && wanted !== "") choose(taken.id);
    else maker.make?.();
  };

  return (
    <section className={classes.classes} aria-label="Classes">
      <div className={classes.heading}>
        <span>{selection.size > 0 ? "Class of what is selected" : "Class"}</span>
      </div>
      <TextInput
        ref={searchRef}
        mx={8}
        mb={4}
        size="xs"
        placeholder={withKey(mayMake ? "Find or create a class" : "Find a class", findKey)}
        aria-label={mayMake ? "Find or create a class" : "Find a class"}
        leftSection={<IconSearch size={14} />}
        value={query}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") {
            type("");
            event.currentTarget.blur();
          } else if (event.key === "Enter") {
            if (event.ctrlKey || event.metaKey) maker.make?.();
            else takeRow();
          } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            setRow(Math.max(0, Math.min(last, row + (event.key === "ArrowDown" ? 1 : -1))));
          }
        }}
      />
      <div className={classes.scroll} role="radiogroup" aria-label="Class">
        {shown.map((each, i) => {
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
                data-active={
                  (wanted !== "" && (row === 0 && exact ? each === exact : i === row)) || undefined
                }
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(each.id)}
              >
                <span className={classes.swatch} style={{ background: each.color }} />
                <span className={classes.grow}>{each.name}</span>
                <span className={classes.dim}>{count || ""}</span>
                {number <= 9 && <span className={classes.key}>{number}</span>}
              </button>
              <HideButton
                name={`class ${each.name}`}
                count={count}
                isHidden={isHidden}
                onToggle={() => toggleClassHidden(editor, each.id)}
              />
            </div>
          );
        })}
        {(wanted === "" || IGNORED_NAME.toLowerCase().includes(wanted)) && (
          <IgnoreRow
            count={counts.get(null) ?? 0}
            isMarked={marked.has(null)}
            isVisible={visible.has(null)}
            onChoose={() => choose(IGNORE)}
            onToggle={() => toggleClassHidden(editor, null)}
          />
        )}
      </div>
      <div className={classes.makeClass}>
        {wanted !== "" && (
          <MakeClassRow
            maker={maker}
            typed={query}
            keyWord={shown.length === 0 ? "Enter" : CREATE_KEYS}
            isActive={row === shown.length}
          />
        )}
        {choices.length === 0 && wanted === "" && (
          <p className={classes.dim}>
            This dataset has no class yet. {draftPoints > 0 ? "Your outline is kept. " : ""}
            {mayMake ? "Type a name above and press Enter." : <WhoAddsClasses slug={dataset.slug} />}
          </p>
        )}
        {wanted !== "" && shown.length === 0 && !maker.make && (
          <p className={classes.dim}>
            No class is called that. {mayMake ? "" : <WhoAddsClasses slug={dataset.slug} />}
          </p>
        )}
      </div>
    </section>
  );
});

type IgnoreProps = {
  count: number;
  isMarked: boolean;
  isVisible: boolean;
  onChoose: () => void;
  onToggle: () => void;
};

/** Chosen like a class, and none. */
function IgnoreRow({ count, isMarked, isVisible, onChoose, onToggle }: IgnoreProps) {
  const key = useKeyOf("class.ignore");
  return (
    <div className={classes.classRow}>
      <button
        type="button"
        role="radio"
        aria-checked={isMarked}
        className={classes.class}
        title="What lies in it is neither learned from nor judged"
        onMouseDown={(event) => event.preventDefault()}
        onClick={onChoose}
      >
        <span className={classes.swatch} style={{ background: swatchOf(null, undefined) }} />
        <span className={classes.grow}>{IGNORED_NAME}</span>
        <span className={classes.dim}>{count || ""}</span>
        {key !== "" && <span className={classes.key}>{key}</span>}
      </button>
      <HideButton name={IGNORED_NAME} count={count} isHidden={count > 0 && !isVisible} onToggle={onToggle} />
    </div>
  );
}

type HideProps = { name: string; count: number; isHidden: boolean; onToggle: () => void };

function HideButton({ name, count, isHidden, onToggle }: HideProps) {
  return (
    <Tooltip label={isHidden ? "Show its objects" : "Hide its objects"}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={count === 0}
        aria-label={`${isHidden ? "Show" : "Hide"} all of ${name}`}
        onMouseDown={(event) => event.preventDefault()}
        onClick={onToggle}
      >
        {isHidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}
