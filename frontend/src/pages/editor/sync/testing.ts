/** For tests: a journal, a server and windows in memory, as savers see them. */
import type { Annotation, Status } from "@/api/types";
import { ApiProblem } from "@/api/problem";
import type { AnnotationDocument, Instance } from "@/canvas/model/document";
import { applyDifference } from "@/canvas/document/difference";
import type { Author } from "./authors";
import type { Journal, JournalEntry } from "./journal";
import { AnnotationSaver } from "./saver";
import type { Save, SaveAnswer } from "./transport";

export function square(id: string, x = 10): Instance {
  return { id, class_id: 1, polygons: [[[x, 10, x + 20, 10, x + 20, 30]]] };
}

export const ANA: Author = { did: "Ana saved this image", version: "Ana’s version" };

/** Keeps entries as the browser's database does: by value. */
export class MemoryJournal implements Journal {
  readonly entries = new Map<string, JournalEntry>();
  read = async (user: number, image: string) =>
    [...this.entries.values()].filter((entry) => entry.user === user && entry.image === image);
  write = async (entry: JournalEntry) => {
    this.entries.set(`${entry.user}/${entry.image}/${entry.tab}`, structuredClone(entry));
  };
  remove = async (user: number, image: string, tab: string) => {
    this.entries.delete(`${user}/${image}/${tab}`);
  };
  list = async (user: number) => [...this.entries.values()].filter((entry) => entry.user === user);
}

/** The server's rules for saves: revision, If-Match, repeats. */
export class Server {
  revision = 3;
  status: Status = "unlabelled";
  document: AnnotationDocument = { instances: [square("a")] };
  saves: Save[] = [];
  /** What the next saves meet instead of an answer. */
  faults: ("down" | "lost answer" | "signed out" | "refuse")[] = [];

  /** How long an answer takes. */
  delayMs = 0;

  readonly transport = async (save: Save): Promise<SaveAnswer> => {
    this.saves.push(save);
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const fault = this.faults.shift();
    if (fault === "down") return { kind: "unreachable", problem: new ApiProblem("Down.", 0, "unreachable") };
    if (fault === "signed out") return { kind: "signed_out" };
    if (fault === "refuse") return { kind: "refused", problem: new ApiProblem("No such class.", 400, "x") };
    const answer = this.#store(save);
    if (fault === "lost answer")
      return { kind: "unreachable", problem: new ApiProblem("Lost.", 0, "unreachable") };
    return answer;
  };

  #store(save: Save): SaveAnswer {
    const next = applyDifference(this.document, save.difference);
    const status = save.status ?? (this.status === "unlabelled" ? "in_progress" : this.status);
    const same = JSON.stringify(next) === JSON.stringify(this.document) && status === this.status;
    if (!same) {
      if (save.baseRevision !== this.revision) return { kind: "conflict", current: this.annotation() };
      this.document = structuredClone(next);
      this.status = status;
      this.revision++;
    }
    return { kind: "saved", revision: this.revision, status: this.status };
  }

  annotation(image = "img"): Annotation {
    const { revision, status } = this;
    const instances = structuredClone(this.document.instances) as Annotation["instances"];
    return { image, revision, status, instances };
  }

  someoneElseSaves(document: AnnotationDocument): void {
    this.document = document;
    this.revision++;
  }

  /** A saver of its one image, as it is opened now. */
  open(journal: Journal, tab = "tab"): AnnotationSaver {
    return new AnnotationSaver({
      user: 1,
      tab,
      annotation: this.annotation(),
      journal,
      transport: this.transport,
      fetchNewest: async () => this.annotation(),
      findAuthor: async () => ANA,
    });
  }
}
