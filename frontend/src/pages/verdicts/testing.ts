/** Verdicts as the server answers them, for tests. */
import type { Verdict } from "@/api/types";
import { ANA } from "../editor/testing";

export function verdict(id: number, over: Partial<Verdict> = {}): Verdict {
  return {
    id,
    dataset: "pond",
    evaluation: 5,
    run: 2,
    run_name: "Run 2",
    image: `image-${id}`,
    file_name: `heron-${id}.jpg`,
    width: 200,
    height: 100,
    image_url: "/picture.jpg",
    thumbnail_url: "/thumbnail.webp",
    key: "7",
    side: "label",
    index: 0,
    kind: "extra",
    class_name: "heron",
    polygon: [10, 10, 30, 10, 30, 30],
    confidence: null,
    partner_class_name: "",
    partner_polygon: [],
    instance: null,
    comment: "",
    comment_id: null,
    author: ANA,
    assignee: null,
    state: "open",
    created_at: "2026-11-01T10:00:00Z",
    closed_at: null,
    closed_by: null,
    fixed_by_revision: null,
    included_in_version: null,
    ...over,
  };
}
