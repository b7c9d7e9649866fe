import { describe, expect, it } from "vitest";
import { readParams } from "@/lib/urlState";
import { sortForPrediction } from "@/uploads/dropped";
import { PREDICT_ADDRESS } from "./address";
import type { ModelItem, PredictOption } from "@/api/types";
import { type Choice, faultsOfChoice, fieldsOf, needsAudience } from "./request";

const MODEL: ModelItem = {
  reference: "checkpoint:3",
  kind: "checkpoint",
  name: "first",
  dataset: "cats",
  class_names: ["cat"],
  colors: ["#112233"],
  image_size: 640,
  state: "finished",
  error: "",
  id: 1,
  file_name: "best.pt",
  can_fetch: false,
  origin: "run",
  dataset_name: "Pond",
  run: 1,
  format: null,
  checkpoint_kind: "best",
  tags: [],
  mask_map50: null,
  size_bytes: 1,
  created_at: null,
};
const FOREIGN: ModelItem = { ...MODEL, reference: "weights:1", kind: "weights", dataset: "" };
const plain = { minimum: null, maximum: null, choices: [] as string[], only: "" as const, help: "" };
const OPTIONS: PredictOption[] = [
  { ...plain, name: "iou", kind: "number", default: 0.7, minimum: 0, maximum: 1 },
  { ...plain, name: "classes", kind: "classes", default: null },
  { ...plain, name: "track", kind: "choice", default: "", choices: ["", "botsort"], only: "video" },
  { ...plain, name: "seconds", kind: "number", default: 60, minimum: 1, maximum: 86_400, only: "stream" },
];

function choice(address: string, change: Partial<Choice> = {}): Choice {
  const read = readParams(PREDICT_ADDRESS, new URLSearchParams(address));
  return { address: read, parts: [], model: MODEL, options: OPTIONS, device: null, ...change };
}
const ID = "0b6f0a2e-7d0d-4a51-9b87-0d8f3a1f0c11";

describe("what is asked for", () => {
  it.each([
    ["source=url&url=%20https://a.org/x.zip", { url: "https://a.org/x.zip" }],
    ["source=server&folder=/data/set", { server_folder: "/data/set" }],
    ["source=dataset&dataset=cats", { dataset: "cats" }],
    ["source=dataset&dataset=cats&filter=split%3Dval", { dataset: "cats", filter: "split=val" }],
    [`source=dataset&dataset=cats&images=${ID},x`, { dataset: "cats", images: `["${ID}"]` }],
    ["source=version&version=4&split=test", { version: "4", split: "test" }],
    ["source=stream&stream=rtsp://c/1&seconds=90", { stream: "rtsp://c/1", options: '{"seconds":90}' }],
  ])("of %s", (address, fields) => {
    const chosen = choice(`${address}&confidence=0.4`);
    expect(fieldsOf(chosen)).toEqual({ model: "checkpoint:3", confidence: "0.4", ...fields });
    expect(faultsOfChoice(chosen)).toEqual({});
  });

  it("has options of the source alone", () => {
    const options = 'options={"iou":0.5,"track":"botsort"}';
    const video = { parts: sortForPrediction([new File(["1"], "a.mp4")]).parts };
    expect(fieldsOf(choice(options)).options).toBe('{"iou":0.5}');
    expect(fieldsOf(choice(options, video)).options).toBe('{"iou":0.5,"track":"botsort"}');
  });

  it("says who may see it only where nothing else does", () => {
    expect(fieldsOf(choice("for=pond", { model: FOREIGN })).dataset_for).toBe("pond");
    expect(fieldsOf(choice("for=pond")).dataset_for).toBeUndefined();
    expect(needsAudience(choice("source=dataset&dataset=cats", { model: FOREIGN }))).toBe(false);
    expect(needsAudience(choice("", { model: FOREIGN }))).toBe(true);
  });
});

it("says beside each field what is missing", () => {
  expect(faultsOfChoice(choice("", { model: undefined }))).toEqual({
    files: "Drop or choose images, a folder, an archive or a video.",
    model: "Choose a model.",
  });
  expect(Object.keys(faultsOfChoice(choice("source=url&url=a.org")))).toEqual(["url"]);
  expect(Object.keys(faultsOfChoice(choice("source=stream&stream=file:///etc/passwd")))).toEqual(["stream"]);
  expect(faultsOfChoice(choice("source=dataset"))).toEqual({ dataset: "Choose a dataset." });
  expect(faultsOfChoice(choice("source=version"))).toEqual({ version: "Choose a version." });
  expect(faultsOfChoice(choice("source=server"))).toEqual({
    folder: "Choose a folder, an archive or a video.",
  });
  const wrong = choice('source=dataset&dataset=cats&options={"classes":["cow"]}');
  expect(faultsOfChoice(wrong).options).toBe("classes: The model does not know the class “cow”.");
  const missing = { model: { ...FOREIGN, state: "missing" as const } };
  expect(faultsOfChoice(choice("source=dataset&dataset=cats", missing)).model).toMatch(/cannot be used/);
});
