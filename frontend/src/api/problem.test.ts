import { describe, expect, it } from "vitest";
import { ApiProblem, asProblem, problemFrom } from "./problem";

describe("problemFrom", () => {
  it("keeps the server's sentence, code and fields", () => {
    const problem = problemFrom(400, {
      detail: "The name is taken.",
      code: "invalid",
      errors: { name: ["The name is taken."], classes: "At least one." },
    });
    expect(problem).toMatchObject({ message: "The name is taken.", status: 400, code: "invalid" });
    expect(problem.fields).toEqual({ name: ["The name is taken."], classes: ["At least one."] });
  });

  it("uses the first field's message when there is no detail", () => {
    expect(problemFrom(400, { errors: { file: ["Not an image."] } }).message).toBe("Not an image.");
  });

  it.each([
    [404, "<html>nginx</html>", /not a member/],
    [502, undefined, /starting or has stopped/],
    [500, { detail: "" }, /server failed/],
    [418, null, /refused this \(418\)/],
  ])("answers %i with body %j by a sentence", (status, body, sentence) => {
    expect(problemFrom(status, body).message).toMatch(sentence);
  });
});

describe("asProblem", () => {
  it("tells a lost connection from other failures", () => {
    expect(asProblem(new TypeError("Failed to fetch")).code).toBe("unreachable");
    expect(asProblem(new Error("boom")).message).toBe("boom");
    const same = new ApiProblem("x", 409, "conflict");
    expect(asProblem(same)).toBe(same);
  });
});
