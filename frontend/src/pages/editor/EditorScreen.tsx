import { useDeferredValue, useEffect, useMemo } from "react";
import type { Dataset, DatasetClass, ImageDetail, Neighbours, Photograph, User } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { BackgroundDialog } from "./BackgroundDialog";
import { BlindMark } from "./blind/BlindMark";
import classes from "./editor.module.css";
import { GhostBar } from "./ghosts/GhostBar";
import { useFixes } from "./ghosts/use-fixes";
import { useGalleryWalk } from "./ghosts/use-gallery-walk";
import { useGhosts } from "./ghosts/use-ghosts";
import { HelpOverlay } from "./HelpOverlay";
import { ImageStrip } from "./ImageStrip";
import { JumpDialog } from "./JumpDialog";
import { Notices } from "./Notices";
import { OpeningImage, OpenImage } from "./OpenImage";
import { SkipToCanvas } from "./OptionsBar";
import type { Filters } from "./queries";
import { useReview } from "./review/use-review";
import { SheetTabs } from "./SheetTabs";
import { TeamBar } from "./TeamBar";
import { TeamNotices } from "./TeamLayers";
import { TopBar } from "./TopBar";
import { useDone } from "./use-done";
import { type Source, useEditing } from "./use-editing";
import { useEditorKeys } from "./use-editor-keys";
import { useFoundObjects } from "./use-found-objects";
import { useLayout } from "./use-layout";
import { useLingering } from "./use-lingering";
import { useLook } from "./use-look";
import { usePageActions } from "./use-page-actions";
import { usePreferences } from "./use-preferences";
import { useSavers } from "./use-savers";
import { useTeam } from "./use-team";
import type { Walk } from "./use-walk";

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
  const { slug } = dataset;
  const isAlone = others === undefined;
  const isReview = others?.isReview ?? false;
  const imageId = others?.imageId ?? image.id;
  const { classNames, choices } = useClasses(dataset.classes);
  const { editing, error, retry } = useEditing(user.id, source, dataset.classes);
  // Taken away and put back, panels and canvases cost more than opening the image does.
  const shown = useLingering(editing, LINGER_MS);
  // The photograph first: what stands around it follows when that is on the screen.
  const around = useDeferredValue(shown) ?? shown;
  // What a model sees is somebody else's view, too.
  const ghosts = useGhosts(dataset, isAlone ? null : editing, others?.image.status);
  const gallery = useGalleryWalk(slug, images);
  const fixes = useFixes(slug, ghosts.verdict, gallery.walk);
  const walk = isAlone ? images : fixes.walk;
  const layout = useLayout();
  const look = useLook(imageId, image, shown?.image);
  useEffect(() => editing?.editor.look.setClasses(classNames), [editing, classNames]);
  useFoundObjects(imageId, others?.filters, editing);
  usePreferences(editing, slug);
  useSavers(user.id, slug);
  const team = useTeam({ user: user.id, imageId, editing, classNames, isAlone });
  const { isLooking } = team;
  const review = useReview({ isOn: isReview, slug, editing, team, walk });
  const ending = useDone(editing, walk, isLooking);
  const { done, isFinishing } = ending;
  const { page, opened, showDetailsOf, ...refs } = usePageActions({
    ...{ user: user.id, editing, isAlone, neighbours, walk, done, review, team, layout },
    onAdjust: look.setAdjustments,
  });
  useEditorKeys({ editing, page, team, choices, ghosts, skipFix: fixes.skip });

  const problem = error ?? look.error;
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
        filterOpened={opened.filter}
        onFilterOpened={opened.setFilter}
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
        <OpenImage
          {...{ user, dataset, classNames, choices, imageId, editing, shown, around, isAlone }}
          {...{ look, layout, team, teamBar, review, ghosts, page, opened, refs }}
          onDetails={showDetailsOf}
        />
      ) : (
        <OpeningImage problem={problem} onRetry={retry} />
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
      <JumpDialog slug={slug} opened={opened.jump} onClose={() => opened.setJump(false)} onOpen={walk.open} />
      <HelpOverlay opened={opened.help} onClose={() => opened.setHelp(false)} />
      <BackgroundDialog
        opened={ending.asksBackground}
        isAlone={isAlone}
        onClose={() => ending.answerBackground(false)}
        onDone={() => ending.answerBackground(true)}
      />
    </div>
  );
}

/** By their id, and those that can be drawn with in the order of their number keys. */
function useClasses(all: readonly DatasetClass[]) {
  const classNames = useMemo(() => new Map(all.map((each) => [each.id, each])), [all]);
  const choices = useMemo(
    () => all.filter((each) => !each.is_retired).sort((a, b) => a.index - b.index),
    [all],
  );
  return { classNames, choices };
}

const LINGER_MS = 150;
