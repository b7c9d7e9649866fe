import { afterEach, describe, expect, it, vi } from "vitest";
import { annotationQuery } from "../queries";
import { QueryClient } from "@tanstack/react-query";
import { findAuthor } from "./authors";
import { annotationAddress, blindIdOf, blindKey, editorAddress } from "./places";
import { Savers } from "./savers";
import { ANA, MemoryJournal, square } from "./testing";
import { type Save, sendSave } from "./transport";

const IMAGE = "0b7c1f8e-2f5b-4f0e-9a53-2a1d3f5e7c90";
const SECOND = blindKey(12);

afterEach(() => vi.unstubAllGlobals());

describe("the names of what is saved", () => {
  it("lead to the addresses of an image, or of its second annotation", () => {
    expect([blindIdOf(IMAGE), blindIdOf(SECOND)]).toEqual([null, 12]);
    expect(annotationAddress(IMAGE)).toBe(`/api/images/${IMAGE}/annotation/`);
    expect(annotationAddress(SECOND)).toBe("/api/independent/12/annotation/");
    expect(editorAddress("pond", IMAGE)).toBe(`/datasets/pond/edit/${IMAGE}`);
    expect(editorAddress("pond", SECOND)).toBe("/datasets/pond/second/12");
  });

  it("are what a second annotation is loaded, saved and asked about by, never the image", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (input: Request | string) => {
      asked.push(new URL(input instanceof Request ? input.url : input, "http://localhost").pathname);
      return Response.json({ image: IMAGE, revision: 1, status: "in_progress", instances: [] });
    });
    const loaded = await new QueryClient().query(annotationQuery(SECOND));
    expect(loaded.image).toBe(SECOND);
    const difference = { upsert: [square("a")], delete: [] };
    const answer = await sendSave({ image: SECOND, baseRevision: 0, difference, status: null });
    expect(answer.kind).toBe("saved");
    expect((await findAuthor(1, SECOND)).did).toBe("You saved this image in another window");
    expect(asked).toEqual(["/api/independent/12/annotation/", "/api/independent/12/annotation/"]);
  });

  it("keep savers and journals of the two apart", async () => {
    const journal = new MemoryJournal();
    const sent: Save[] = [];
    const load = async (image: string) => ({
      image,
      revision: 0,
      status: "in_progress" as const,
      instances: [],
    });
    const savers = new Savers({
      journal,
      tabs: { id: "me", join: () => undefined, alive: async () => new Set(["me"]) },
      transport: async (save) => {
        sent.push(save);
        return { kind: "saved", revision: save.baseRevision + 1, status: "in_progress" };
      },
      load,
      fetchNewest: load,
      findAuthor: async () => ANA,
    });
    const [first, second] = [await savers.open(1, IMAGE), await savers.open(1, SECOND)];
    second.edit({ instances: [square("mine")] });
    await second.journalled();
    expect([...journal.entries.keys()]).toEqual([`1/${SECOND}/me`]);
    expect(first.document.instances).toEqual([]);
    expect((await savers.open(1, IMAGE)).document.instances).toEqual([]);
    await second.flush();
    expect(sent.map(({ image }) => image)).toEqual([SECOND]);
  });
});
