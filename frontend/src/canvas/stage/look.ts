import { type ClassStyle, OBJECT_PALETTE, type ShapeStyle } from "../model/style";
import { ObjectColors } from "../scene/object-colors";
import type { Scene } from "../scene/scene";
import type { Events } from "./events";

/** How objects look. */
export class Look {
  readonly #events: Events;
  readonly colors: ObjectColors;
  style: ShapeStyle;

  constructor(scene: Scene, events: Events) {
    this.#events = events;
    this.colors = new ObjectColors(scene, OBJECT_PALETTE.length);
    this.style = {
      classes: new Map(),
      opacity: 0.35,
      colorBy: "class",
      labels: false,
      numberOf: (id) => this.colors.of(id),
    };
  }

  set(style: Partial<Pick<ShapeStyle, "opacity" | "colorBy" | "labels">>): void {
    this.style = { ...this.style, ...style };
    this.#events.changed();
  }

  setClasses(classes: ReadonlyMap<number, ClassStyle>): void {
    const old = this.style.classes;
    const isSame =
      classes.size === old.size &&
      [...classes].every(
        ([id, { color, name }]) => old.get(id)?.color === color && old.get(id)?.name === name,
      );
    // The same looks in a new answer of the server are no reason to draw everything again.
    if (isSame) return;
    this.style = { ...this.style, classes };
    this.#events.changed();
  }
}
