import { expect, test } from "vitest";
import type { VersionPreview } from "@/api/types";
import { factsOfPreview } from "./VersionPicker";

const preview = (unchanged_since: number | null) =>
  ({
    unchanged_since,
    image_counts: { train: 4, val: 1, test: 0 },
    problems: [],
  }) as unknown as VersionPreview;

test("an unchanged dataset is said to be trained on as it was frozen last", () => {
  expect(factsOfPreview(preview(3)).words).toBe("version 3");
  expect(factsOfPreview(preview(null)).words).toBe("a new version");
});
