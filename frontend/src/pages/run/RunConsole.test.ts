import { expect, it } from "vitest";
import { readableLog } from "./RunConsole";

it("drops colours and keeps the last state of a progress line", () => {
  const esc = String.fromCharCode(27);
  expect(readableLog(`${esc}[34mtrain:${esc}[0m start\n 10%\r 50%\r100% done\r\nend`)).toBe(
    "train: start\n100% done\nend",
  );
});
