import {
  type Dispatch,
  type RefObject,
  type SetStateAction,
  useCallback,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Neighbours } from "@/api/types";
import { paste } from "@/canvas/operations/copies";
import { plural } from "@/lib/format";
import type { Adjustments } from "./adjustments";
import type { PageActions } from "./commands/command";
import type { Review } from "./review/use-review";
import { savers } from "./sync/savers";
import type { Editing } from "./use-editing";
import type { Layout } from "./use-layout";
import type { Team } from "./use-team";
import type { Walk } from "./use-walk";

/** What is opened over the page or in its panels. */
export type Opened = {
  readonly help: boolean;
  readonly setHelp: (isOpen: boolean) => void;
  readonly jump: boolean;
  readonly setJump: (isOpen: boolean) => void;
  readonly filter: boolean;
  readonly setFilter: (isOpen: boolean) => void;
  /** The object whose details are open. */
  readonly detailsOf: string | null;
  readonly setDetailsOf: (id: string | null) => void;
};

type Given = {
  user: number;
  editing: Editing | null;
  isAlone: boolean;
  neighbours: Neighbours | undefined;
  walk: Walk;
  done: () => void;
  review: Review;
  team: Team;
  layout: Layout;
  onAdjust: Dispatch<SetStateAction<Adjustments>>;
};

const NO_OTHERS = "A second annotation is drawn alone: the other images are not shown here.";

/** What keys and buttons may ask of the page around the canvas, and what that opens. */
export function usePageActions(given: Given) {
  const { user, editing, isAlone, neighbours, walk, done, review, team, layout, onAdjust } = given;
  const { setSide, actions } = team;
  const { show, toggle } = layout;
  const [help, setHelp] = useState(false);
  const [jump, setJump] = useState(false);
  const [filter, setFilter] = useState(false);
  const [detailsOf, setDetailsOf] = useState<string | null>(null);
  const classSearch = useRef<HTMLInputElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const repeatPrevious = useRepeatPrevious(user, editing, neighbours?.previous ?? null);

  const showDetailsOf = useCallback(
    (id: string) => {
      setSide(null);
      show("panel");
      setDetailsOf(id);
    },
    [setSide, show],
  );
  const page = useMemo<PageActions>(() => {
    const notify = (words: string): void => editing?.editor.notify(words);
    return {
      done: review.isOn ? review.accept : done,
      sendBack: () => {
        if (review.isOn) review.sendBack();
        else notify("Only who reviews sends images back.");
      },
      next: walk.next,
      previous: walk.previous,
      first: walk.first,
      last: walk.last,
      leave: walk.leave,
      jump: () => (isAlone ? notify(NO_OTHERS) : setJump(true)),
      filter: () => {
        if (isAlone) return notify(NO_OTHERS);
        show("strip");
        setFilter(true);
      },
      saveNow: () => void editing?.saver.flush(),
      toggleHelp: () => setHelp((isOpen) => !isOpen),
      focusCanvas: () => stage.current?.focus(),
      searchClasses: () => {
        setSide(null);
        show("panel");
        classSearch.current?.focus();
      },
      showDetails: () => {
        const selected = editing?.editor.selection.single;
        if (selected) showDetailsOf(selected.id);
        else notify("Select one object: its class, attributes and note then open here.");
      },
      repeatPrevious: () => void repeatPrevious(),
      togglePanel: () => toggle("panel"),
      toggleStrip: () => (isAlone ? notify(NO_OTHERS) : toggle("strip")),
      adjust: onAdjust,
      ...actions,
    };
  }, [
    done,
    review,
    walk,
    editing,
    isAlone,
    repeatPrevious,
    showDetailsOf,
    show,
    toggle,
    setSide,
    actions,
    onAdjust,
  ]);
  const opened: Opened = { help, setHelp, jump, setJump, filter, setFilter, detailsOf, setDetailsOf };
  return { page, opened, showDetailsOf, classSearch, stage };
}

export type Refs = {
  stage: RefObject<HTMLDivElement | null>;
  classSearch: RefObject<HTMLInputElement | null>;
};

/** Copies the objects of the image before, with what is not saved yet of it. */
function useRepeatPrevious(user: number, editing: Editing | null, before: string | null) {
  return useCallback(async (): Promise<void> => {
    if (!editing) return;
    const { editor } = editing;
    if (before === null) {
      editor.notify("This is the first image: there is none before it.");
      return;
    }
    try {
      const { document } = await savers.open(user, before);
      const { instances } = document;
      if (instances.length === 0) editor.notify("The previous image has no objects.");
      else paste(editor, `Repeat ${plural(instances.length, "object")}`, instances);
    } catch {
      editor.notify("The objects of the previous image could not be fetched. Try again.");
    }
  }, [editing, before, user]);
}
