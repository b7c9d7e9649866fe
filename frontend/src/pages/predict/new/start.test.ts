import { expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { faultsOfProblem } from "./use-start";

const problem = (fields: Record<string, string[]>) => new ApiProblem("No.", 400, "invalid", fields);

it("says what the server refused beside the field that it names", () => {
  expect(faultsOfProblem(problem({ server_folder: ["“/x” is no folder."] }))).toEqual({
    faults: { folder: "“/x” is no folder." },
    rest: "",
  });
  expect(faultsOfProblem(problem({ "files.0": ["Empty."], filter: ["No such class."] })).faults).toEqual({
    files: "Empty.",
    dataset: "No such class.",
  });
});

it("says everything else at the button", () => {
  expect(faultsOfProblem(problem({ device: ["No such device."] }))).toEqual({ faults: {}, rest: "No." });
  expect(faultsOfProblem(new Error("Broken."))).toEqual({ faults: {}, rest: "Broken." });
});
