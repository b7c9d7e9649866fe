import { expect, test } from "vitest";
import { fileNameOf } from "./reports";

test.each([
  [`attachment; filename="cats, run (run 3).pdf"`, "cats, run (run 3).pdf"],
  [`attachment; filename*=utf-8''K%C3%A4tzchen%20%28run%203%29.pdf`, "Kätzchen (run 3).pdf"],
  [`attachment; filename*=utf-8''%E0%A4%A`, "run-3.pdf"],
  [null, "run-3.pdf"],
])("the name of the file in %s", (header, name) => {
  expect(fileNameOf(header, "run-3.pdf")).toBe(name);
});
