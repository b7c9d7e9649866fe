import { newId } from "@/canvas/model/document";

const CHANNEL = "segloop-tabs";
/** A window that lives answers well within this. */
const ANSWER_MS = 150;

type Message = { readonly kind: "who" } | { readonly kind: "here" | "left"; readonly tab: string };

/** This window among those of the same browser: which others live, so that only what dead ones left is taken up. */
export interface Tabs {
  readonly id: string;
  /** Makes this window known; `onLeft` is called when another is closed. */
  join(onLeft: () => void): void;
  alive(): Promise<ReadonlySet<string>>;
}

/**
 * By messages between windows, which plain-http addresses have too (Web Locks they have not). A window too busy to
 * answer is taken for dead: then both send the same edits, and the second time nothing changes.
 */
export class BrowserTabs implements Tabs {
  readonly id = newId();
  readonly #here = new Set<string>();
  #channel: BroadcastChannel | null = null;
  #answers: Promise<ReadonlySet<string>> | null = null;

  join(onLeft: () => void): void {
    const channel = new BroadcastChannel(CHANNEL);
    this.#channel = channel;
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === "who") this.#say({ kind: "here", tab: this.id });
      else if (data.kind === "here") this.#here.add(data.tab);
      else onLeft();
    };
    globalThis.addEventListener("pagehide", () => this.#say({ kind: "left", tab: this.id }));
  }

  #say(message: Message): void {
    this.#channel?.postMessage(message);
  }

  async alive(): Promise<ReadonlySet<string>> {
    this.#answers ??= this.#ask();
    try {
      return await this.#answers;
    } finally {
      this.#answers = null;
    }
  }

  async #ask(): Promise<ReadonlySet<string>> {
    this.#here.clear();
    this.#say({ kind: "who" });
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    return new Set([...this.#here, this.id]);
  }
}
