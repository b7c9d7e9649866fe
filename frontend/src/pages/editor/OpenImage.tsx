import { Center, Loader } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import type { Dataset, DatasetClass, User } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { CanvasStatus } from "./CanvasStatus";
import { CanvasView } from "./CanvasView";
import { ClassPanel } from "./ClassPanel";
import type { PageActions } from "./commands/command";
import classes from "./editor.module.css";
import { GhostLayer } from "./ghosts/GhostLayer";
import type { GhostView } from "./ghosts/use-ghosts";
import { ObjectMenu } from "./ObjectMenu";
import { ObjectsPanel } from "./ObjectsPanel";
import { OptionsBar, Zoom } from "./OptionsBar";
import type { Review } from "./review/use-review";
import { SaveTroubles } from "./SaveTroubles";
import { TeamLayers } from "./TeamLayers";
import { TeamPanel } from "./TeamPanel";
import { ToolRail } from "./ToolRail";
import type { Editing } from "./use-editing";
import type { Layout } from "./use-layout";
import type { Look } from "./use-look";
import type { Opened, Refs } from "./use-page-actions";
import type { Team } from "./use-team";
import { ViewPanel } from "./ViewPanel";

type Props = {
  user: User;
  dataset: Dataset;
  classNames: ReadonlyMap<number, DatasetClass>;
  /** In the order of their number keys. */
  choices: readonly DatasetClass[];
  imageId: string;
  /** The image that is open; null while the next is opened. */
  editing: Editing | null;
  /** That, or the one before it. */
  shown: Editing;
  /** What stands around the canvas follows when the photograph is on the screen. */
  around: Editing;
  isAlone: boolean;
  look: Look;
  layout: Layout;
  team: Team;
  /** Once more in the panel, where the bar has no room for it. */
  teamBar: ReactNode;
  review: Review;
  ghosts: GhostView;
  page: PageActions;
  opened: Opened;
  onDetails: (id: string) => void;
  refs: Refs;
};

/** The tools, the canvas with what lies over it, and the panels beside it. */
export function OpenImage(props: Props) {
  const { user, dataset, classNames, choices, imageId, editing, shown, around, isAlone } = props;
  const { look, team, review, ghosts, page, refs } = props;
  const { isLooking } = team;
  const canvas = team.canvas ?? shown.editor;
  return (
    <>
      <ToolRail
        editor={around.editor}
        isOff={isLooking}
        onHelp={page.toggleHelp}
        onCanvas={page.focusCanvas}
      />
      <CanvasView
        image={look.photograph ?? shown.image}
        editor={canvas}
        stage={refs.stage}
        classNames={classNames}
        adjustments={look.adjustments}
        preview={look.preview}
        onImageError={look.setError}
      >
        {!isLooking && ghosts.isOpen && (
          <GhostLayer
            editor={shown.editor}
            ghosts={ghosts.shown}
            current={ghosts.current}
            label={ghosts.label}
          />
        )}
        {editing && !isAlone && <TeamLayers {...{ editing, team }} />}
        {!isLooking && <ObjectMenu editor={shown.editor} choices={choices} onDetails={props.onDetails} />}
      </CanvasView>
      <OptionsBar editor={canvas} stage={refs.stage} classNames={classNames}>
        {!isLooking && <CanvasStatus editor={shown.editor} saver={shown.saver} />}
      </OptionsBar>
      <Panel {...props} />
      <TeamPanel {...{ imageId, team, review, user, dataset, classNames }} editor={shown.editor} />
      <SaveTroubles editing={shown} classNames={classNames} />
    </>
  );
}

/** Classes, objects and the look of the image. */
function Panel(props: Props) {
  const { dataset, classNames, choices, imageId, shown, around, isAlone, look, layout, team, opened } = props;
  const { setPreview } = look;
  const windowed = useMemo(
    () => (isAlone ? undefined : { imageId, dataset, onPreview: setPreview }),
    [isAlone, imageId, dataset, setPreview],
  );
  return (
    <aside className={classes.panel} inert={team.side !== null}>
      <ClassPanel
        editor={around.editor}
        choices={choices}
        dataset={dataset}
        searchRef={props.refs.classSearch}
      />
      <ObjectsPanel
        editor={around.editor}
        classNames={classNames}
        choices={choices}
        detailsOf={opened.detailsOf}
        onDetails={opened.setDetailsOf}
      />
      <ViewPanel
        editor={around.editor}
        adjustments={look.adjustments}
        onAdjust={look.setAdjustments}
        window={windowed}
      />
      {layout.isCompact && (
        <div className={classes.more}>
          <Zoom editor={team.canvas ?? shown.editor} />
          {props.teamBar}
        </div>
      )}
    </aside>
  );
}

/** In the place of all that, while the first image is opened or when it cannot be. */
export function OpeningImage({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  return (
    <>
      <div className={classes.tools} />
      <main className={classes.canvas}>
        <Center h="100%" p="md">
          {problem ? (
            <ErrorNotice error={problem} onRetry={onRetry} />
          ) : (
            <Loader size="sm" role="status" aria-label="Loading" />
          )}
        </Center>
      </main>
      <aside className={classes.panel} />
    </>
  );
}
