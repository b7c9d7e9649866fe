import type { Stage } from "../stage/stage";
import { toImage } from "../geometry/camera";
import { distance } from "../geometry/ring";
import type { Point } from "../geometry/types";
import { pressRight } from "../operations/menu";
import { type PointerInput, SAME_PLACE } from "../model/tools";

const DOUBLE_MS = 350;
/** The two fingers of a pinch come down within this. */
const PINCH_MS = 300;
/** Zoom by one notch of a mouse wheel (120 units). */
const NOTCH = 1.25;

/** Whether fingers draw, on this device, from image to image. */
export class Fingers {
  /** A pen was seen: fingers move the view, and the palm of the hand that holds the pen does nothing. */
  penSeen = false;
}

const FINGERS = new Fingers();

/**
 * Turns pointer, wheel and space-bar events of one element into calls of the stage. Mouse, pen and touch alike; two
 * fingers move and zoom; once a pen was seen, one finger moves the view and only the pen draws. While the pen is down,
 * fingers do nothing at all: a palm lies there.
 */
export class CanvasInput {
  readonly #element: HTMLElement;
  readonly #stage: Stage;
  readonly #abort = new AbortController();
  readonly #touches = new Map<number, Point>();
  /** The pointer whose press a tool is handling. */
  #active: number | null = null;
  /** The pointer that moves the view, and where it was. */
  #panning: { id: number; last: Point } | null = null;
  #pinch: { centre: Point; spread: number } | null = null;
  #lastClick = { at: { x: -1e9, y: -1e9 }, time: 0 };
  /** The press is with the right button. */
  #isRight = false;
  #spaceHeld = false;
  /** The pen that is pressed on the image. */
  #pen: number | null = null;
  /** Fingers that came down beside a pressed pen: they do nothing until they are lifted. */
  readonly #palms = new Set<number>();
  readonly #fingers: Fingers;
  #pressedAt = 0;
  #origin: Point = { x: 0, y: 0 };

  constructor(element: HTMLElement, stage: Stage, fingers = FINGERS) {
    this.#element = element;
    this.#stage = stage;
    this.#fingers = fingers;
    const { signal } = this.#abort;
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      handler: (event: HTMLElementEventMap[K]) => void,
    ): void => element.addEventListener(name, handler as EventListener, { signal, passive: false });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("pointerleave", () => {
      this.#stage.pointing.at = null;
      this.#stage.pointing.setPointer(null);
    });
    on("wheel", (event) => this.#wheel(event));
    on("contextmenu", (event) => this.#contextMenu(event));
    window.addEventListener("keydown", (event) => this.#space(event, true), { signal });
    window.addEventListener("keyup", (event) => this.#space(event, false), { signal });
    window.addEventListener("blur", () => this.#setSpace(false), { signal });
    element.style.touchAction = "none";
    element.style.cursor = stage.tool.cursor;
    const stop = stage.events.on("cursor", (cursor) => this.#showCursor(cursor));
    signal.addEventListener("abort", stop);
  }

  destroy(): void {
    this.#abort.abort();
  }

  #showCursor(cursor: string): void {
    this.#element.style.cursor = this.#panning ? "grabbing" : this.#spaceHeld ? "grab" : cursor;
  }

  #screen(event: MouseEvent): Point {
    return { x: event.clientX - this.#origin.x, y: event.clientY - this.#origin.y };
  }

  #measure(): void {
    const { left, top } = this.#element.getBoundingClientRect();
    this.#origin = { x: left, y: top };
  }

  #input(event: PointerEvent, isDouble = false): PointerInput {
    const screen = this.#screen(event);
    const kind = event.pointerType === "touch" || event.pointerType === "pen" ? event.pointerType : "mouse";
    const shift = event.shiftKey;
    const alt = event.altKey || this.#isRight;
    return { screen, image: toImage(this.#stage.viewport.camera, screen), kind, shift, alt, isDouble };
  }

  #down(event: PointerEvent): void {
    this.#measure();
    this.#element.focus({ preventScroll: true });
    this.#element.setPointerCapture(event.pointerId);
    const screen = this.#screen(event);
    this.#stage.keyCursor.release();
    if (event.pointerType === "pen") this.#penDown(event.pointerId);
    if (event.pointerType === "touch") {
      if (this.#pen !== null) return void this.#palms.add(event.pointerId);
      this.#touches.set(event.pointerId, screen);
      if (this.#touches.size >= 2) return this.#startPinch(event.timeStamp);
    }
    const pans =
      event.button === 1 ||
      (event.button === 0 && this.#spaceHeld) ||
      (this.#fingers.penSeen && event.pointerType === "touch");
    if (pans) {
      event.preventDefault();
      this.#panning = { id: event.pointerId, last: screen };
      return this.#showCursor("grabbing");
    }
    const isRight = event.button === 2 && this.#stage.tool.takesRightButton === true;
    if (event.button === 2 && !isRight) {
      // The mouse event that would follow is a press outside the menu, which closes it.
      event.preventDefault();
      return pressRight(this.#stage, this.#input(event));
    }
    if ((event.button !== 0 && !isRight) || this.#active !== null) return;
    this.#active = event.pointerId;
    this.#pressedAt = event.timeStamp;
    this.#isRight = isRight;
    const isDouble =
      event.timeStamp - this.#lastClick.time < DOUBLE_MS &&
      distance(screen, this.#lastClick.at) <= SAME_PLACE;
    this.#lastClick = { at: screen, time: isDouble ? 0 : event.timeStamp };
    const input = this.#input(event, isDouble);
    this.#stage.drive((tool) => tool.down?.(input, this.#stage));
  }

  /** A finger held on an object is its right click; of a mouse the press itself has told already. */
  #contextMenu(event: MouseEvent): void {
    event.preventDefault();
    const isFinger = (event as PointerEvent).pointerType === "touch" && this.#touches.size === 1;
    if (!isFinger || this.#stage.state.tool !== "select") return;
    if (this.#active !== null) this.#cancelPress(false);
    pressRight(this.#stage, this.#input(event as PointerEvent));
  }

  /** What a palm has begun before the pen came down is as if it had never been. */
  #penDown(id: number): void {
    this.#fingers.penSeen = true;
    this.#pen = id;
    for (const finger of this.#touches.keys()) this.#palms.add(finger);
    if (this.#active !== null && this.#touches.has(this.#active)) this.#cancelPress(false);
    if (this.#panning && this.#touches.has(this.#panning.id)) this.#panning = null;
    this.#touches.clear();
    this.#pinch = null;
  }

  #move(event: PointerEvent): void {
    if (this.#palms.has(event.pointerId)) return;
    // A pen that hovers is seen before it touches.
    if (event.pointerType === "pen") this.#fingers.penSeen = true;
    if (this.#touches.has(event.pointerId)) this.#touches.set(event.pointerId, this.#screen(event));
    if (this.#pinch) return this.#movePinch();
    if (this.#panning?.id === event.pointerId) {
      const screen = this.#screen(event);
      this.#stage.viewport.pan(screen.x - this.#panning.last.x, screen.y - this.#panning.last.y);
      this.#panning = { id: event.pointerId, last: screen };
      return;
    }
    if (this.#active === null) this.#measure();
    const input = this.#input(event);
    this.#stage.pointing.at = input.image;
    if (this.#active === event.pointerId) {
      // Safari has it since version 18.2 only.
      const events = "getCoalescedEvents" in event ? event.getCoalescedEvents() : [];
      const path = (events.length > 0 ? events : [event]).map((each) =>
        toImage(this.#stage.viewport.camera, this.#screen(each)),
      );
      this.#stage.drive((tool) => tool.move?.(input, path, this.#stage));
    } else if (this.#active === null && event.pointerType !== "touch") {
      this.#stage.tool.hover?.(input, this.#stage);
    }
  }

  #up(event: PointerEvent): void {
    if (this.#pen === event.pointerId) this.#pen = null;
    if (this.#palms.delete(event.pointerId)) return;
    this.#touches.delete(event.pointerId);
    if (this.#pinch) return this.#endPinch();
    if (this.#panning?.id === event.pointerId) {
      this.#panning = null;
      return this.#showCursor(this.#stage.tool.cursor);
    }
    if (this.#active !== event.pointerId) return;
    this.#active = null;
    const input = this.#input(event);
    this.#isRight = false;
    this.#stage.drive((tool) => tool.up?.(input, this.#stage));
    if (event.pointerType !== "touch") this.#stage.tool.hover?.(input, this.#stage);
  }

  #cancel(event: PointerEvent): void {
    if (this.#pen === event.pointerId) this.#pen = null;
    if (this.#palms.delete(event.pointerId)) return;
    this.#touches.delete(event.pointerId);
    if (this.#pinch) return this.#endPinch();
    if (this.#panning?.id === event.pointerId) this.#panning = null;
    if (this.#active === event.pointerId) this.#cancelPress(true);
  }

  #cancelPress(keeps: boolean): void {
    this.#active = null;
    this.#isRight = false;
    this.#stage.cancelPress(keeps);
  }

  #startPinch(now: number): void {
    // The first of two fingers draws nothing; after a while it was a stroke.
    if (this.#active !== null) this.#cancelPress(now - this.#pressedAt > PINCH_MS);
    this.#panning = null;
    this.#pinch = this.#twoFingers();
  }

  #twoFingers(): { centre: Point; spread: number } | null {
    const [a, b] = [...this.#touches.values()];
    if (!a || !b) return null;
    return { centre: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, spread: Math.max(1, distance(a, b)) };
  }

  #movePinch(): void {
    const next = this.#twoFingers();
    if (!next || !this.#pinch) return;
    this.#stage.viewport.pan(next.centre.x - this.#pinch.centre.x, next.centre.y - this.#pinch.centre.y);
    this.#stage.viewport.zoomAt(next.centre, next.spread / this.#pinch.spread);
    this.#pinch = next;
  }

  /** The pinch ends when the last finger is up: the one that stays behind draws nothing. */
  #endPinch(): void {
    this.#pinch = this.#touches.size >= 2 ? this.#twoFingers() : this.#touches.size > 0 ? this.#pinch : null;
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    this.#measure();
    const unit =
      event.deltaMode === WheelEvent.DOM_DELTA_LINE
        ? 40
        : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
          ? 400
          : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (!event.ctrlKey && (event.shiftKey || isTrackpad(event))) {
      return this.#stage.viewport.pan(
        event.shiftKey && dx === 0 ? -dy : -dx,
        event.shiftKey && dx === 0 ? 0 : -dy,
      );
    }
    // A pinch on a trackpad arrives as ctrl + wheel with small steps.
    const notches = event.ctrlKey && Math.abs(dy) < 50 ? dy / 25 : dy / 120;
    this.#stage.viewport.zoomAt(this.#screen(event), NOTCH ** -Math.max(-4, Math.min(4, notches)));
  }

  #space(event: KeyboardEvent, down: boolean): void {
    // In the hand of the keyboard cursor the bar presses.
    if (event.code !== "Space" || this.#stage.state.byKeys) return;
    const { target } = event;
    if (down && target !== document.body && target !== this.#element) return;
    if (down) event.preventDefault();
    this.#setSpace(down);
  }

  #setSpace(held: boolean): void {
    if (held === this.#spaceHeld) return;
    this.#spaceHeld = held;
    this.#showCursor(this.#stage.tool.cursor);
  }
}

/** Two fingers on a trackpad scroll in any direction and by steps that no mouse wheel makes. */
function isTrackpad(event: WheelEvent): boolean {
  if (event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL) return false;
  if (event.deltaX !== 0) return true;
  const legacy = (event as WheelEvent & { wheelDeltaY?: number }).wheelDeltaY;
  return legacy !== undefined && legacy % 120 !== 0;
}
