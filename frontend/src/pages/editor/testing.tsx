/** For tests of panels: the API they ask, in memory, and an image that is open. */
import { vi } from "vitest";
import type { Comment, DatasetClass, ImageDetail, Revision, User } from "@/api/types";
import { makeEditor } from "@/canvas/make-editor";
import { MemoryJournal, Server, square } from "./sync/testing";
import type { Editing } from "./use-editing";

export const CAT: DatasetClass = {
  id: 1,
  index: 0,
  name: "cat",
  color: "#112233",
  is_retired: false,
  instance_count: 0,
};
export const CLASS_NAMES = new Map([[CAT.id, CAT]]);

export function user(id: number, username: string, display_name = ""): User {
  return { id, username, display_name, is_administrator: false };
}
export const ANA = user(1, "ana", "Ana Ortiz");
export const BEN = user(2, "ben");

export type Sent = { method: string; path: string; body: unknown };

/** Answers requests by "METHOD /path"; what was sent is kept. What nobody answers is 404. */
export function stubApi(answers: Record<string, (body: unknown) => unknown>): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = await request.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    const { pathname: path } = new URL(request.url);
    sent.push({ method: request.method, path, body });
    const answer = answers[`${request.method} ${path}`];
    if (!answer) return Response.json({ detail: `Nothing at ${path}.`, code: "not_found" }, { status: 404 });
    const content = await answer(body);
    if (content instanceof Response) return content;
    return content === undefined ? new Response(null, { status: 204 }) : Response.json(content);
  });
  return sent;
}

/** The image "img" of 100 × 100 pixels with one object, "a". */
export function openImage(): { editing: Editing; server: Server } {
  const server = new Server();
  server.document = { instances: [square("a")] };
  const saver = server.open(new MemoryJournal());
  const editor = makeEditor({ width: 100, height: 100 }, saver.document);
  editor.on("document", (document) => saver.edit(document));
  editor.setTool("select");
  return { editing: { image: { id: "img" } as ImageDetail, editor, saver }, server };
}

export function revision(number: number, over: Partial<Revision> = {}): Revision {
  const created_at = new Date(2026, 1, number).toISOString();
  const counts = { added: 0, changed: 0, ignore_regions: 0, deleted: 0, reordered: false };
  return {
    number,
    author: ANA,
    source: "user",
    status_before: "done",
    status: "done",
    created_at,
    ...counts,
    ...over,
  };
}

export function comment(id: number, over: Partial<Comment> = {}): Comment {
  const created_at = new Date(2026, 1, id).toISOString();
  const place = { x: 10, y: 20, instance_id: null };
  const open = { resolved_at: null, resolved_by: null };
  return { id, image: "img", author: ANA, text: `Comment ${id}`, created_at, ...place, ...open, ...over };
}
