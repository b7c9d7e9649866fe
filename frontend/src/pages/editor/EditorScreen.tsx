import { Center, Loader } from "@mantine/core";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Dataset, ImageDetail, Neighbours, Photograph, User } from "@/api/types";
import { paste } from "@/canvas/operations";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { AS_TAKEN } from "./adjustments";
import { CanvasStatus } from "./CanvasStatus";
import { BackgroundDialog } from "./BackgroundDialog";
import { BlindMark } from "./blind/BlindMark";
import { CanvasView } from "./CanvasView";
import { ClassPanel } from "./ClassPanel";
import { isForCanvas, isOnCanvas, onlyLooks, runCommand, runWhileOpening } from "./commands";
import type { PageActions } from "./commands/command";
import classes from "./editor.module.css";
import { GhostBar } from "./ghosts/GhostBar";
import { GhostLayer } from "./ghosts/GhostLayer";
import { useFixes } from "./ghosts/use-fixes";
import { useGalleryWalk } from "./ghosts/use-gallery-walk";
import { useGhosts } from "./ghosts/use-ghosts";
import { HelpOverlay } from "./HelpOverlay";
import { ImageStrip } from "./ImageStrip";
import { JumpDialog } from "./JumpDialog";
import { ObjectMenu } from "./ObjectMenu";
import { Notices } from "./Notices";
import { ObjectsPanel } from "./ObjectsPanel";
import { OptionsBar, SkipToCanvas, Zoom } from "./OptionsBar";
import type { Filters } from "./queries";
import { useReview } from "./review/use-review";
import { SaveTroubles } from "./SaveTroubles";
import { SheetTabs } from "./SheetTabs";
import { savers } from "./sync/savers";
import { TeamBar } from "./TeamBar";
import { TeamLayers, TeamNotices } from "./TeamLayers";
import { TeamPanel } from "./TeamPanel";
import { ToolRail } from "./ToolRail";
import { TopBar } from "./TopBar";
import { useDone } from "./use-done";
import { type Source, useEditing } from "./use-editing";
import { useKeys } from "./use-keys";
import { useLayout } from "./use-layout";
import { useLingering } from "./use-lingering";
import { usePreferences } from "./use-preferences";
import { useSavers } from "./use-savers";
import { useTeam } from "./use-team";
import type { Walk } from "./use-walk";
import { ViewPanel } from "./ViewPanel";

type Props = {
  user: User;
  dataset: Dataset;
  /** What is opened, or what was open before it while that is loading. */
  image: Photograph;
  /** What is opened, once it is known. */
  source: Source | undefined;
  images: Walk;
  neighbours: Neighbours | undefined;
  /** The images of the dataset, and what people make of them; absent where the person draws alone, without seeing it. */
  around?: {
    /** Of `imageId`, or of the image before it while that is loading. */
    image: ImageDetail;
    imageId: string;
    filters: Filters;
    isReview: boolean;
  };
};

export function EditorScreen({ user, dataset, image, source, images, neighbours, around: others }: Props) {
  const slug = dataset.slug;
  const isAlone = others === undefined;
  const isReview = others?.isReview ?? false;
  const imageId = others?.imageId ?? image.id;
  const { editing, error, retry } = useEditing(user.id, source, dataset.classes);
  // Taken away and put back, panels and canvases cost more than opening the image does.
  const shown = useLingering(editing, LINGER_MS);
  // The photograph first: what stands around it follows when that is on the screen.
  const around = useDeferredValue(shown) ?? shown;
  // What a model sees is somebody else's view, too.
  const ghosts = useGhosts(dataset, isAlone ? null : editing);
  const gallery = useGalleryWalk(slug, images);
  const fixes = useFixes(slug, ghosts.verdict, gallery.walk);
  const walk = isAlone ? images : fixes.walk;
  const { keymap } = useKeys();
  const layout = useLayout();
  const { show, toggle } = layout;
  const [helpOpened, setHelpOpened] = useState(false);
  const [jumpOpened, setJumpOpened] = useState(false);
  const [filterOpened, setFilterOpened] = useState(false);
  const [imageError, setImageError] = useState<unknown>(null);
  const [adjustments, setAdjustments] = useState(AS_TAKEN);
  const [preview, setPreview] = useState<string | null>(null);
  const [detailsOf, setDetailsOf] = useState<string | null>(null);
  const searchRef = useRef<HTMLInputElement>(null);
  const stage = useRef<HTMLDivElement>(null);

  const classNames = useMemo(
    () => new Map(dataset.classes.map((each) => [each.id, each])),
    [dataset.classes],
  );
  const choices = useMemo(
    () => dataset.classes.filter((each) => !each.is_retired).sort((a, b) => a.index - b.index),
    [dataset.classes],
  );
  useEffect(() => editing?.editor.setClasses(classNames), [editing, classNames]);
  usePreferences(editing, slug);
  const team = useTeam({ user: user.id, imageId, editing, classNames, isAlone });
  const { canvas, isLooking, leave, setSide, actions } = team;
  const review = useReview({ isOn: isReview, slug, editing, team, walk });
  useEffect(() => {
    setImageError(null);
    setPreview(null);
  }, [imageId, image.url]);
  // Rendered through another window, the open image gets another address.
  const photograph = useMemo(() => {
    if (!shown || shown.image.id !== image.id) return shown?.image;
    return { ...shown.image, url: image.url, thumbnail_url: image.thumbnail_url };
  }, [shown, image.id, image.url, image.thumbnail_url]);
  const windowed = useMemo(
    () => (isAlone ? undefined : { imageId, dataset, onPreview: setPreview }),
    [isAlone, imageId, dataset],
  );

  useSavers(user.id, slug);

  const ending = useDone(editing, walk, isLooking);
  const { done, isFinishing } = ending;

  const before = neighbours?.previous ?? null;
  const repeatPrevious = useCallback(async () => {
    if (!editing) return;
    const { editor } = editing;
    if (before === null) {
      editor.notify("This is the first image: there is none before it.");
      return;
    }
    try {
      // With what is not saved yet of it.
      const { document } = await savers.open(user.id, before);
      const { instances } = document;
      if (instances.length === 0) editor.notify("The previous image has no objects.");
      else paste(editor, `Repeat ${plural(instances.length, "object")}`, instances);
    } catch {
      editor.notify("The objects of the previous image could not be fetched. Try again.");
    }
  }, [editing, before, user.id]);

  const showDetailsOf = useCallback(
    (id: string) => {
      setSide(null);
      show("panel");
      setDetailsOf(id);
    },
    [setSide, show],
  );
  const toggleHelp = useCallback(() => setHelpOpened((opened) => !opened), []);
  const page = useMemo<PageActions>(
    () => ({
      done: review.isOn ? review.accept : done,
      sendBack: () => {
        if (review.isOn) review.sendBack();
        else editing?.editor.notify("Only who reviews sends images back.");
      },
      next: walk.next,
      previous: walk.previous,
      first: walk.first,
      last: walk.last,
      leave: walk.leave,
      jump: () => (isAlone ? editing?.editor.notify(NO_OTHERS) : setJumpOpened(true)),
      filter: () => {
        if (isAlone) return editing?.editor.notify(NO_OTHERS);
        show("strip");
        setFilterOpened(true);
      },
      saveNow: () => void editing?.saver.flush(),
      toggleHelp,
      focusCanvas: () => stage.current?.focus(),
      searchClasses: () => {
        setSide(null);
        show("panel");
        searchRef.current?.focus();
      },
      showDetails: () => {
        const selected = editing?.editor.singleSelected;
        if (selected) showDetailsOf(selected.id);
        else editing?.editor.notify("Select one object: its class, attributes and note then open here.");
      },
      repeatPrevious: () => void repeatPrevious(),
      togglePanel: () => toggle("panel"),
      toggleStrip: () => (isAlone ? editing?.editor.notify(NO_OTHERS) : toggle("strip")),
      adjust: setAdjustments,
      ...actions,
    }),
    [
      done,
      review,
      walk,
      editing,
      isAlone,
      repeatPrevious,
      showDetailsOf,
      toggleHelp,
      show,
      toggle,
      setSide,
      actions,
    ],
  );

  const { take, step } = ghosts;
  const { skip } = fixes;
  const ghostActions = useMemo(
    () => (ghosts.isOpen ? { take, step, skip } : null),
    [ghosts.isOpen, take, step, skip],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isForCanvas(event)) return;
      if (document.querySelector("[role=dialog]") && event.key !== "?") return;
      if (!editing) return void runWhileOpening(page, keymap, event);
      if (event.key === "Escape" && leave()) return event.preventDefault();
      const editor = canvas ?? editing.editor;
      runCommand(
        { editor, classes: choices, page, ghosts: ghostActions, isOnCanvas: isOnCanvas(event) },
        keymap,
        event,
        isLooking ? onlyLooks : undefined,
      );
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [editing, choices, page, ghostActions, keymap, canvas, isLooking, leave]);

  useEffect(() => {
    if (!editing) return;
    return editing.editor.on("needsClass", page.searchClasses);
  }, [editing, page]);

  const problem = error ?? imageError;
  const teamBar = others ? (
    <TeamBar {...{ team, user, dataset, isReview, layout }} image={others.image} />
  ) : (
    <BlindMark />
  );
  const topBar = useDeferredValue(
    <TopBar
      image={image}
      backTo={walk.backTo}
      backLabel={
        isAlone ? "Back to My work" : gallery.place ? "Back to the gallery" : `Back to ${image.dataset_name}`
      }
      neighbours={gallery.place ?? neighbours}
      onPrevious={walk.previous}
      onNext={walk.next}
      onDone={done}
      isFinishing={isFinishing}
      canFinish={!isLooking}
      editing={shown}
      layout={layout}
      review={review}
      hasStrip={!isAlone}
      team={teamBar}
    />,
  );
  const strip = useDeferredValue(
    layout.strip && others && (
      <ImageStrip
        dataset={dataset}
        imageId={imageId}
        filters={others.filters}
        matching={neighbours?.total}
        filterOpened={filterOpened}
        onFilterOpened={setFilterOpened}
        onJump={page.jump}
        onOpen={walk.open}
      />
    ),
  );
  return (
    <div
      className={classes.screen}
      data-panel={layout.panel}
      data-strip={layout.strip && !isAlone}
      data-sheet={layout.sheet ?? undefined}
      data-opening={editing === null}
    >
      <SkipToCanvas onSkip={page.focusCanvas} />
      {topBar}
      <Notices>
        {problem !== null && shown && <ErrorNotice error={problem} title="The image cannot be shown" />}
        {shown && !isLooking && !isAlone && <GhostBar ghosts={ghosts} fixes={fixes} role={dataset.role} />}
        {editing && !isAlone && <TeamNotices {...{ editing, team, review }} user={user.id} />}
      </Notices>
      {shown && around ? (
        <>
          <ToolRail
            editor={around.editor}
            isOff={isLooking}
            onHelp={toggleHelp}
            onCanvas={page.focusCanvas}
          />
          <CanvasView
            image={photograph ?? shown.image}
            editor={canvas ?? shown.editor}
            stage={stage}
            classNames={classNames}
            adjustments={adjustments}
            preview={preview}
            onImageError={setImageError}
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
            {!isLooking && <ObjectMenu editor={shown.editor} choices={choices} onDetails={showDetailsOf} />}
          </CanvasView>
          <OptionsBar editor={canvas ?? shown.editor} stage={stage} classNames={classNames}>
            {!isLooking && <CanvasStatus editor={shown.editor} saver={shown.saver} />}
          </OptionsBar>
          <aside className={classes.panel} inert={team.side !== null}>
            <ClassPanel editor={around.editor} choices={choices} dataset={dataset} searchRef={searchRef} />
            <ObjectsPanel
              editor={around.editor}
              classNames={classNames}
              choices={choices}
              detailsOf={detailsOf}
              onDetails={setDetailsOf}
            />
            <ViewPanel
              editor={around.editor}
              adjustments={adjustments}
              onAdjust={setAdjustments}
              window={windowed}
            />
            {layout.isCompact && (
              <div className={classes.more}>
                <Zoom editor={canvas ?? shown.editor} />
                {teamBar}
              </div>
            )}
          </aside>
          <TeamPanel
            imageId={imageId}
            editor={shown.editor}
            team={team}
            review={review}
            user={user}
            dataset={dataset}
            classNames={classNames}
          />
          <SaveTroubles editing={shown} classNames={classNames} />
        </>
      ) : (
        <>
          <div className={classes.tools} />
          <main className={classes.canvas}>
            <Center h="100%" p="md">
              {problem ? (
                <ErrorNotice error={problem} onRetry={retry} />
              ) : (
                <Loader size="sm" role="status" aria-label="Loading" />
              )}
            </Center>
          </main>
          <aside className={classes.panel} />
        </>
      )}
      {strip}
      {layout.isCompact && around && (
        <SheetTabs
          editor={around.editor}
          layout={layout}
          team={isAlone ? null : team}
          openComments={team.commenting.openCount}
          classNames={classNames}
        />
      )}
      <JumpDialog slug={slug} opened={jumpOpened} onClose={() => setJumpOpened(false)} onOpen={walk.open} />
      <HelpOverlay opened={helpOpened} onClose={() => setHelpOpened(false)} />
      <BackgroundDialog
        opened={ending.asksBackground}
        isAlone={isAlone}
        onClose={() => ending.answerBackground(false)}
        onDone={() => ending.answerBackground(true)}
      />
    </div>
  );
}

const NO_OTHERS = "A second annotation is drawn alone: the other images are not shown here.";
const LINGER_MS = 150;
