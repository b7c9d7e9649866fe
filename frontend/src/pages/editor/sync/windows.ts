import { newId } from "@/canvas/model/document";

const CHANNEL = "segloop-open-images";

type Message = { readonly kind: "opens" | "too" | "leaves"; readonly tab: string; readonly key: string };

/** Which windows of this browser have the same annotation open, told to each the moment another opens or leaves it. */
export class OpenWindows {
  readonly #tab = newId();

  /** `onChange`: how many others there are. Call what comes back when the annotation is left. */
  watch(key: string, onChange: (others: number) => void): () => void {
    const channel = new BroadcastChannel(CHANNEL);
    const others = new Set<string>();
    const say = (kind: Message["kind"]): void => channel.postMessage({ kind, tab: this.#tab, key });
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.key !== key || data.tab === this.#tab) return;
      if (data.kind === "opens") say("too");
      const before = others.size;
      if (data.kind === "leaves") others.delete(data.tab);
      else others.add(data.tab);
      if (others.size !== before) onChange(others.size);
    };
    const opens = (): void => say("opens");
    const leaves = (): void => say("leaves");
    opens();
    // A page that the browser keeps aside is not open; it may come back.
    globalThis.addEventListener("pagehide", leaves);
    globalThis.addEventListener("pageshow", opens);
    return () => {
      globalThis.removeEventListener("pagehide", leaves);
      globalThis.removeEventListener("pageshow", opens);
      leaves();
      channel.close();
    };
  }
}

export const openWindows = new OpenWindows();
