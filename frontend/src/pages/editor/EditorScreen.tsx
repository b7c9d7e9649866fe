import { Button, Center, Group, Loader, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { onSignedInAgain } from "@/api/session";
import type { Dataset, ImageDetail, Neighbours, Photograph, User } from "@/api/types";
import { paste } from "@/canvas/operations";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { AS_TAKEN } from "./adjustments";
import { CanvasStatus } from "./CanvasStatus";
import { BlindMark } from "./blind/BlindMark";
import { noteBlindSaved } from "./blind/queries";
import { CanvasView } from "./CanvasView";
import { ClassPanel } from "./ClassPanel";
import { isForCanvas, onlyLooks, runCommand } from "./commands";
import type { PageActions } from "./commands/command";
import classes from "./editor.module.css";
import { GhostBar } from "./ghosts/GhostBar";
import { GhostLayer } from "./ghosts/GhostLayer";
import { useFixes } from "./ghosts/use-fixes";
import { useGhosts } from "./ghosts/use-ghosts";
import { HelpOverlay } from "./HelpOverlay";
import { ImageStrip } from "./ImageStrip";
import { JumpDialog } from "./JumpDialog";
import { ObjectsPanel } from "./ObjectsPanel";
import type { Filters } from "./queries";
import { noteSaved } from "./queries";
import { useReview } from "./review/use-review";
import { SaveTroubles } from "./SaveTroubles";
import { blindIdOf } from "./sync/places";
import { savers } from "./sync/savers";
import { TeamBar } from "./TeamBar";
import { TeamLayers } from "./TeamLayers";
import { TeamPanel } from "./TeamPanel";
import { ToolRail } from "./ToolRail";
import { TopBar } from "./TopBar";
import { type Editing, type Source, useEditing } from "./use-editing";
import { useKeys } from "./use-keys";
import { useLayout } from "./use-layout";
import { useLingering } from "./use-lingering";
import { usePreferences } from "./use-preferences";
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
  const client = useQueryClient();
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
  const fixes = useFixes(slug, ghosts.verdict, images);
  const walk = isAlone ? images : fixes.walk;
  const { keymap } = useKeys();
  const layout = useLayout();
  const { show, toggle } = layout;
  const [helpOpened, setHelpOpened] = useState(false);
  const [jumpOpened, setJumpOpened] = useState(false);
  const [filterOpened, setFilterOpened] = useState(false);
  const [confirmsBackground, setConfirmsBackground] = useState(false);
  const [isFinishing, setFinishing] = useState(false);
  const [imageError, setImageError] = useState<unknown>(null);
  const [adjustments, setAdjustments] = useState(AS_TAKEN);
  const [preview, setPreview] = useState<string | null>(null);
  const [detailsOf, setDetailsOf] = useState<string | null>(null);
  const searchRef = useRef<HTMLInputElement>(null);

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

  useEffect(
    () =>
      savers.on("saved", ({ image: id, status, document }) => {
        const blindId = blindIdOf(id);
        if (blindId !== null) return noteBlindSaved(client, slug, blindId, status);
        // The image that opens meanwhile comes first.
        setTimeout(() => noteSaved(client, slug, id, status, document.instances.length), NOTE_MS);
      }),
    [client, slug],
  );

  useEffect(() => {
    void savers.replay(user.id);
    const retryAll = (): void => savers.retryAll();
    const guard = (event: BeforeUnloadEvent): void => {
      if (!savers.allSafe) event.preventDefault();
    };
    const forget = onSignedInAgain(retryAll);
    window.addEventListener("online", retryAll);
    window.addEventListener("beforeunload", guard);
    return () => {
      forget();
      window.removeEventListener("online", retryAll);
      window.removeEventListener("beforeunload", guard);
    };
  }, [user.id]);

  const finish = useCallback(
    async ({ editor, saver }: Editing) => {
      setConfirmsBackground(false);
      const save = (): Promise<boolean> => {
        // What a reviewer accepted stays so; where it was changed, the server says whether it needs another look.
        if (saver.status !== "accepted") saver.setStatus("done");
        return saver.flush();
      };
      const ahead = walk.nextAhead();
      if (ahead !== null) {
        // It opens at once, before what stands around this image is drawn again as done. The save goes on behind
        // the person, and is told of where it fails.
        walk.open(ahead);
        editor.select([]);
        void save();
        return;
      }
      const next = walk.findNext().catch(() => walk.neighbour);
      const saving = save();
      const id = await next;
      setFinishing(true);
      const saved = await settled(saving);
      setFinishing(false);
      if (!saved && saver.state.kind === "offline") {
        editor.notify("Done, and kept on this device. The next image opens when the server can be reached.");
      }
      // A version to choose, a refusal, no connection: the person stays here. A slow save goes on behind them.
      if (!saved && saver.state.kind !== "saving") return;
      editor.select([]);
      if (id) walk.open(id);
      else walk.end();
    },
    [walk],
  );

  const done = useCallback(() => {
    if (!editing || isFinishing || isLooking) return;
    const { editor } = editing;
    if (editor.state.draftPoints >= 3) editor.confirm();
    // An outline that could not be closed is not left behind without a word: the editor has said why.
    if (editor.state.draftPoints > 0) {
      if (editor.state.draftPoints < 3)
        editor.notify("An outline is not finished. Close it, or press Escape.");
      return;
    }
    if (editor.document.instances.length === 0) setConfirmsBackground(true);
    else void finish(editing);
  }, [editing, isFinishing, isLooking, finish]);

  const before = neighbours?.previous ?? null;
  const repeatPrevious = useCallback(async () => {
    if (!editing) return;
    const { editor } = editing;
    if (before === null) return editor.notify("This is the first image: there is none before it.");
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
      searchClasses: () => {
        setSide(null);
        show("panel");
        searchRef.current?.focus();
      },
      showDetails: () => {
        const selected = editing?.editor.singleSelected;
        if (selected) setDetailsOf(selected.id);
        else editing?.editor.notify("Select one object: its class, attributes and note then open here.");
      },
      repeatPrevious: () => void repeatPrevious(),
      togglePanel: () => toggle("panel"),
      toggleStrip: () => (isAlone ? editing?.editor.notify(NO_OTHERS) : toggle("strip")),
      adjust: setAdjustments,
      ...actions,
    }),
    [done, review, walk, editing, isAlone, repeatPrevious, toggleHelp, show, toggle, setSide, actions],
  );

  const { take, step } = ghosts;
  const { skip } = fixes;
  const ghostActions = useMemo(
    () => (ghosts.isOpen ? { take, step, skip } : null),
    [ghosts.isOpen, take, step, skip],
  );

  useEffect(() => {
    if (!editing) return;
    const onKey = (event: KeyboardEvent): void => {
      if (!isForCanvas(event)) return;
      if (document.querySelector("[role=dialog]") && event.key !== "?") return;
      if (event.key === "Escape" && leave()) return event.preventDefault();
      const editor = canvas ?? editing.editor;
      runCommand(
        { editor, classes: choices, page, ghosts: ghostActions },
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
  const topBar = useDeferredValue(
    <TopBar
      image={image}
      backTo={walk.backTo}
      backLabel={isAlone ? "Back to My work" : `Back to ${image.dataset_name}`}
      neighbours={neighbours}
      onPrevious={walk.previous}
      onNext={walk.next}
      onDone={done}
      isFinishing={isFinishing}
      canFinish={!isLooking}
      editing={shown}
      canvas={canvas ?? shown?.editor ?? null}
      layout={layout}
      review={review}
      hasStrip={!isAlone}
      team={others ? <TeamBar {...{ team, user, dataset, isReview }} image={others.image} /> : <BlindMark />}
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
      data-opening={editing === null}
    >
      {topBar}
      {shown && around ? (
        <>
          <ToolRail editor={around.editor} isOff={isLooking} onHelp={toggleHelp} />
          <CanvasView
            image={photograph ?? shown.image}
            editor={canvas ?? shown.editor}
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
            {!isLooking && !isAlone && <GhostBar ghosts={ghosts} fixes={fixes} role={dataset.role} />}
            {!isLooking && <CanvasStatus editor={shown.editor} saver={shown.saver} />}
            {editing && !isAlone && <TeamLayers {...{ editing, team, review }} user={user.id} />}
            {problem !== null && (
              <Center pos="absolute" inset={0} p="md">
                <ErrorNotice error={problem} title="The image cannot be shown" />
              </Center>
            )}
          </CanvasView>
          <aside className={classes.panel} inert={team.side !== null}>
            <ClassPanel editor={around.editor} choices={choices} searchRef={searchRef} />
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
                <Loader size="sm" aria-label="Loading" />
              )}
            </Center>
          </main>
          <aside className={classes.panel} />
        </>
      )}
      {strip}
      <JumpDialog slug={slug} opened={jumpOpened} onClose={() => setJumpOpened(false)} onOpen={walk.open} />
      <HelpOverlay opened={helpOpened} onClose={() => setHelpOpened(false)} />
      <Modal
        opened={confirmsBackground}
        onClose={() => setConfirmsBackground(false)}
        title="No objects: a background image?"
      >
        <Text size="sm" mb="lg">
          Done with no objects means that nothing of your classes is to be seen here.
          {!isAlone && " The model learns from it as background."}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setConfirmsBackground(false)}>
            Go on drawing
          </Button>
          <Button data-autofocus onClick={() => editing && void finish(editing)}>
            Done as background
          </Button>
        </Group>
      </Modal>
    </div>
  );
}

const NO_OTHERS = "A second annotation is drawn alone: the other images are not shown here.";
const LINGER_MS = 150;
const NOTE_MS = 300;

/** A slow server does not hold the person up: the save goes on behind the next image. */
const PATIENCE_MS = 1500;

function settled(saving: Promise<boolean>): Promise<boolean> {
  return Promise.race([
    saving,
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS)),
  ]);
}
