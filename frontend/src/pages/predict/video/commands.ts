import type { Command } from "./keys";
import { markBeside } from "./marks";
import type { Player } from "./player";

type Given = {
  player: Player;
  marks: readonly number[];
  toggleMark: (position: number) => void;
  take: (positions: number[]) => void;
  zoom: (factor: number | null) => void;
  toggleNames: () => void;
  toggleSound: () => void;
  fullScreen: () => void;
  showHelp: () => void;
};

/** What each command does. */
export function actsOf(given: Given): Record<Command, () => void> {
  const { player, marks } = given;
  const position = () => player.read().position;
  const toMark = (direction: 1 | -1) => {
    const mark = markBeside(marks, position(), direction);
    if (mark !== undefined) player.seekTo(mark);
  };
  return {
    toggle: () => player.toggle(),
    pause: () => player.pause(),
    forwards: () => player.shuttle(1),
    backwards: () => player.shuttle(-1),
    nextFrame: () => player.step(1),
    previousFrame: () => player.step(-1),
    nextSecond: () => player.skip(1000),
    previousSecond: () => player.skip(-1000),
    start: () => player.seekTo(0),
    end: () => player.seekTo(Infinity),
    take: () => given.take([position()]),
    mark: () => given.toggleMark(position()),
    previousMark: () => toMark(-1),
    nextMark: () => toMark(1),
    zoomIn: () => given.zoom(2),
    zoomOut: () => given.zoom(0.5),
    zoomWhole: () => given.zoom(null),
    names: given.toggleNames,
    mute: given.toggleSound,
    fullScreen: given.fullScreen,
    help: given.showHelp,
  };
}

/** Of the player with its buttons and timeline; where the browser has none for pages (iPhone), nothing happens. */
export function toggleFullScreen(element: HTMLElement | null): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else if (element && "requestFullscreen" in element) element.requestFullscreen().catch(() => undefined);
}
