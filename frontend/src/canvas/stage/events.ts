import { Emitter } from "../model/emitter";
import type { EditorEvents } from "../model/state";

/** What an editor tells those who listen. All of its parts tell it here. */
export class Events extends Emitter<EditorEvents> {
  /** Counts the changes of what the page shows. */
  changes = 0;

  /** Something of `EditorState` is different now. */
  changed(): void {
    this.changes++;
    this.emit("change", null);
  }

  /** Something that is drawn over the objects is different now. */
  redraw(): void {
    this.emit("overlay", null);
  }

  /** A sentence for the person. */
  notify(message: string): void {
    this.emit("message", message);
  }
}
