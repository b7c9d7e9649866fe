import { describe, expect, it } from "vitest";
import type { ImageFacets, Membership } from "@/api/types";
import { assigneeChoices, isChosen } from "./assignees";

const member = (id: number, username: string): Membership => ({
  id: id * 10,
  user: { id, username, display_name: `${username} X`, is_administrator: false },
  role: "annotator",
});
const members = [member(1, "ana"), member(2, "bo"), member(3, "cy")];
const facets: ImageFacets = {
  total: 7,
  by_status: {},
  by_split: {},
  by_class: [],
  at_least: false,
  by_tag: [],
  by_assignee: [
    { assignee: { id: 1, username: "ana" }, count: 4 },
    { assignee: { id: 2, username: "bo" }, count: 2 },
    { assignee: null, count: 1 },
  ],
  with_comments: 0,
  with_boxes: 0,
  empty: 0,
  pinned: 0,
};

describe("assigneeChoices", () => {
  it("counts me, nobody and whoever has images", () => {
    expect(assigneeChoices({ facets, members, myId: 1, chosen: "all" })).toEqual([
      { value: "me", label: "Me", count: 4 },
      { value: "none", label: "Nobody", count: 1 },
      { value: "2", label: "bo X", count: 2 },
    ]);
  });

  it("keeps the one who is chosen, though no image is theirs", () => {
    const labels = (chosen: string) =>
      assigneeChoices({ facets, members, myId: 1, chosen }).map(({ label, count }) => [label, count]);
    expect(labels("3")).toContainEqual(["cy X", 0]);
    expect(labels("99")).toContainEqual(["Somebody", 0]);
    expect(labels("1")).toHaveLength(3);
  });

  it("knows no count before the answer is here", () => {
    const choices = assigneeChoices({ facets: undefined, members, myId: 1, chosen: "all" });
    expect(choices.map(({ count }) => count)).toEqual([undefined, undefined]);
  });
});

it("takes my own number for me", () => {
  expect(isChosen("me", "1", 1)).toBe(true);
  expect(isChosen("me", "me", 1)).toBe(true);
  expect(isChosen("me", "2", 1)).toBe(false);
  expect(isChosen("2", "2", 1)).toBe(true);
});
