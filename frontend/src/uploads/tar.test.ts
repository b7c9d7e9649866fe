import { describe, expect, it } from "vitest";
import { packTar } from "./tar";

const text = new TextDecoder();

async function bytesOf(path: string, content: string) {
  const file = new File([content], "x", { lastModified: 1_700_000_000_000 });
  return new Uint8Array(await packTar([{ path, file }]).arrayBuffer());
}

const field = (bytes: Uint8Array, at: number, length: number) =>
  text.decode(bytes.slice(at, at + length)).replace(/\0.*$/s, "");

describe("packTar", () => {
  it("writes a header whose checksum is right, the content, and two empty blocks", async () => {
    const bytes = await bytesOf("set/images/a.jpg", "hello");
    expect(bytes.length).toBe(512 + 512 + 1024);
    expect(field(bytes, 0, 100)).toBe("set/images/a.jpg");
    expect(Number.parseInt(field(bytes, 124, 12), 8)).toBe(5);
    expect(Number.parseInt(field(bytes, 136, 12), 8)).toBe(1_700_000_000);
    expect(field(bytes, 257, 6)).toBe("ustar");
    expect(text.decode(bytes.slice(512, 517))).toBe("hello");
    const blanked = bytes.slice(0, 512).fill(32, 148, 156);
    const sum = blanked.reduce((total, byte) => total + byte, 0);
    expect(Number.parseInt(field(bytes, 148, 7), 8)).toBe(sum);
    expect(bytes.slice(1024).every((byte) => byte === 0)).toBe(true);
  });

  it.each([`${"folder/".repeat(20)}a.jpg`, "bilder/größe.jpg", "図/猫.png"])(
    "keeps a path that the old header cannot hold: %s",
    async (path) => {
      const bytes = await bytesOf(path, "");
      expect(field(bytes, 156, 1)).toBe("x");
      const record = text.decode(bytes.slice(512, 512 + Number.parseInt(field(bytes, 124, 12), 8)));
      const [length = "", ...rest] = record.split(" ");
      expect(Number(length)).toBe(new TextEncoder().encode(record).length);
      expect(rest.join(" ")).toBe(`path=${path}\n`);
    },
  );

  it("is as long as it says before a byte was read, and the same each time", async () => {
    const members = ["a.txt", "b.txt"].map((path) => ({ path, file: new File(["x".repeat(700)], path) }));
    const packed = packTar(members);
    expect(packed.size).toBe(2 * (512 + 1024) + 1024);
  });
});
