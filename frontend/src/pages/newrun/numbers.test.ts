import { expect, it } from "vitest";
import { startingNumbers, validateNumbers } from "./numbers";

it.each([true, false])("starts with numbers that can be used (GPU: %s)", (onGpu) => {
  expect(validateNumbers(startingNumbers(onGpu))).toEqual({});
});

it.each([
  [{ epochs: 0 }, "epochs"],
  [{ epochs: null }, "epochs"],
  [{ batch: 2.5 }, "batch"],
  [{ image_size: 100 }, "image_size"],
  [{ image_size: 16 }, "image_size"],
  [{ seed: -1 }, "seed"],
  [{ learning_rate: 0 }, "learning_rate"],
  [{ learning_rate: 3 }, "learning_rate"],
])("%j is refused", (change, field) => {
  const numbers = { ...startingNumbers(false), ...change };
  expect(Object.keys(validateNumbers(numbers))).toEqual([field]);
});
