import { describe, expect, it } from "vitest";
import { fingerprintOf, isFolder, sortFiles } from "./sort";

function at(path: string, content = "12345"): File {
  const file = new File([content], path.split("/").pop() ?? "", { lastModified: 7 });
  return Object.defineProperty(file, "path", { value: path });
}

const names = (files: readonly File[]) => files.map(({ name }) => name);

describe("sortFiles", () => {
  it("sends images one by one, also those of a plain folder", () => {
    const { images, archives, set } = sortFiles([at("./a.jpg"), at("/cats/b.jpg"), at("/cats/README.txt")]);
    expect(names(images)).toEqual(["a.jpg", "b.jpg", "README.txt"]);
    expect([archives, set]).toEqual([[], null]);
  });

  it.each(["a.zip", "a.TAR", "a.tar.gz", "a.tgz", "a.tar.zst"])("knows the archive %s", (name) => {
    const { images, archives } = sortFiles([at(`./${name}`), at("./b.jpg")]);
    expect([names(archives), names(images)]).toEqual([[name], ["b.jpg"]]);
  });

  it("sends a video that comes alone as it is, and several with what lies beside them as a set", () => {
    const alone = sortFiles([at("./walk.MOV")]);
    expect([names(alone.archives), alone.images, alone.set]).toEqual([["walk.MOV"], [], null]);
    const folder = sortFiles([at("/day/a.mp4"), at("/day/b.mkv"), at("/day/c.jpg")]);
    expect([folder.images, folder.archives, folder.set?.count]).toEqual([[], [], 3]);
    const both = sortFiles([at("./a.mp4"), at("./set.zip")]);
    expect([names(both.archives), both.set]).toEqual([["set.zip", "a.mp4"], null]);
  });

  it.each([
    ["labels", ["/set/a.jpg", "/set/a.txt"]],
    ["a COCO file", ["/set/a.jpg", "/set/instances.json"]],
    ["folders in a folder", ["/set/train/0001.jpg", "/set/test/0002.jpg"]],
    ["the same name in two folders", ["/cam1/0001.jpg", "/cam2/0001.jpg"]],
    ["images and labels chosen together", ["./a.jpg", "./a.txt"]],
  ])("sends %s as a set", (_, paths) => {
    const { images, set } = sortFiles(paths.map((path) => at(path)));
    expect(images).toEqual([]);
    expect(set).toMatchObject({ count: paths.length, size: 5 * paths.length });
  });

  it("names a set by its folder", () => {
    expect(sortFiles([at("/set/a.jpg"), at("/set/a.txt")]).set?.name).toBe("set");
    expect(sortFiles([at("./a.jpg"), at("./a.txt")]).set?.name).toBe("files");
  });

  it("knows a folder again whatever the order of its files, and one that changed not", () => {
    const files = [at("/set/a.jpg"), at("/set/a.txt"), at("/set/b.jpg")];
    const print = (these: File[]) => sortFiles(these).set?.fingerprint ?? "";
    expect(print([...files].reverse())).toBe(print(files));
    expect(isFolder(print(files))).toBe(true);
    expect(print([...files.slice(0, 2), at("/set/b.jpg", "longer")])).not.toBe(print(files));
    expect(fingerprintOf(at("/a.zip"))).not.toBe(fingerprintOf(at("/b.zip")));
  });
});
