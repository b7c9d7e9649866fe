import { describe, expect, it } from "vitest";
import {
  leftWords,
  MOST_AT_ONCE,
  partWords,
  pastedFiles,
  sizeOf,
  sortForPrediction,
  startWords,
} from "./dropped";

const file = (name: string, size = 5) => new File([new Uint8Array(size)], name);
const kinds = (...names: string[]) =>
  sortForPrediction(names.map((name) => file(name))).parts.map(({ kind }) => kind);

describe("what was dropped", () => {
  it("is one prediction for all images, and one for each archive and video", () => {
    expect(kinds("a.jpg", "b.HEIC", "sub/c.tiff")).toEqual(["images"]);
    expect(kinds("walk.MKV")).toEqual(["video"]);
    expect(kinds("set.tar.zst")).toEqual(["archive"]);
    expect(kinds("set.zip", "b.png", "walk.mp4", "run.mov")).toEqual(["images", "archive", "video", "video"]);
    expect(kinds()).toEqual([]);
  });

  it("may be an image by what the browser says where the name has no ending", () => {
    const pasted = new File(["1"], "image", { type: "image/png" });
    expect(sortForPrediction([pasted]).parts).toHaveLength(1);
    expect(sortForPrediction([new File(["1"], "logo.svg", { type: "image/svg+xml" })]).left).toHaveLength(1);
  });

  it("goes as an archive where it is more than a request should carry", () => {
    const many = Array.from({ length: MOST_AT_ONCE.files + 1 }, (_, i) => file(`${i}.jpg`, 2));
    const [part] = sortForPrediction(many).parts;
    expect(part?.kind).toBe("folder");
    expect(part && sizeOf(part)).toBe(2 * many.length);
    expect(sortForPrediction(many.slice(1)).parts[0]?.kind).toBe("images");
    const large = file("a.tiff");
    Object.defineProperty(large, "size", { value: MOST_AT_ONCE.bytes + 1 });
    expect(sortForPrediction([large]).parts[0]?.kind).toBe("folder");
  });

  it("says what was left out", () => {
    const { left, parts } = sortForPrediction([
      file("a.jpg"),
      file("a.txt"),
      file("b.txt"),
      file("c.txt"),
      file("d.pdf"),
    ]);
    expect(parts).toHaveLength(1);
    expect(leftWords(left)).toBe(
      "Left out, neither image, archive nor video: a.txt, b.txt, c.txt and 1 more.",
    );
    expect(leftWords([])).toBe("");
  });
});

it("names on the button what is predicted on", () => {
  const start = (...names: string[]) => startWords(sortForPrediction(names.map((name) => file(name))).parts);
  expect(start()).toBe("Predict");
  expect(start("a.jpg")).toBe("Predict on 1 image");
  expect(start("a.mp4")).toBe("Predict on this video");
  expect(start("a.jpg", "a.mp4")).toBe("Start 2 predictions");
  expect(partWords({ kind: "archive", file: file("set.zip") })).toBe("the archive set.zip");
});

it("numbers screenshots that were pasted one after another", () => {
  const paste = {
    files: [new File(["1"], "image.png", { type: "image/png" }), file("cat.jpg")],
  } as unknown as DataTransfer;
  expect(pastedFiles(paste, 2).map(({ name }) => name)).toEqual(["pasted-3.png", "cat.jpg"]);
  expect(pastedFiles(null, 0)).toEqual([]);
});
