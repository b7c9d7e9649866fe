import { describe, expect, it } from "vitest";
import type { ImageDetail, MyWork } from "@/api/types";
import { begunBesides, findNextOfMine, groupAssigned } from "./work";

const ME = 1;
const image = (id: string, dataset: string, assignee: number | null) =>
  ({ id, dataset, assignee: assignee === null ? null : { id: assignee, username: "x" } }) as ImageDetail;
const waiting = (slug: string, assigned: number) => ({
  slug,
  name: slug.toUpperCase(),
  unlabelled: 9,
  in_progress: 1,
  to_review: 0,
  assigned,
});

const mine = [image("a", "ducks", ME), image("b", "swans", ME)];
const work: MyWork = {
  sent_back: [],
  second_annotations: [],
  assigned: mine,
  in_progress: [image("theirs", "ducks", 2), image("free", "ducks", null), image("a", "ducks", ME)],
  datasets: [waiting("ducks", 1), waiting("geese", 0), waiting("swans", 51)],
};

describe("my work", () => {
  it("is grouped by dataset, with the count of all", () => {
    const groups = groupAssigned(work).map(({ name, count, images }) => [
      name,
      count,
      images.map(({ id }) => id),
    ]);
    expect(groups).toEqual([
      ["DUCKS", 1, ["a"]],
      ["SWANS", 51, ["b"]],
    ]);
  });

  it("counts what came back to me apart", () => {
    const groups = groupAssigned({ ...work, sent_back: [image("c", "swans", ME)] });
    expect(groups.map(({ name, count }) => [name, count])).toEqual([
      ["DUCKS", 1],
      ["SWANS", 50],
    ]);
  });

  it("shows what I began once", () => {
    expect(begunBesides(work, ME).map(({ id }) => id)).toEqual(["theirs", "free"]);
  });

  it("goes on with what I began last, unless somebody else has it", () => {
    expect(findNextOfMine(work, ME)?.id).toBe("free");
    expect(findNextOfMine({ ...work, sent_back: [image("back", "swans", ME)] }, ME)?.id).toBe("back");
    expect(findNextOfMine({ ...work, in_progress: [image("theirs", "ducks", 2)] }, ME)?.id).toBe("a");
    expect(findNextOfMine({ ...work, in_progress: [], assigned: [] }, ME)).toBeUndefined();
  });
});
