import { Notifications, notifications } from "@mantine/notifications";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Role, Verdict } from "@/api/types";
import { renderApp } from "@/test/render";
import { ANA, BEN, stubApi } from "../editor/testing";
import { KIND_WORDS, KINDS } from "./object";
import { verdict } from "./testing";
import { VerdictMenu } from "./VerdictMenu";

const OBJECT = { evaluation: 5, key: "7", side: "label", index: 0 } as const;
const LONG = "Maximiliane-Theodora von Hohenstein-Rabenau ".repeat(3).trim();
let known: Verdict[] = [];
let change: (body: unknown) => unknown = () => undefined;

beforeEach(() => {
  known = [];
  change = (body) => ({ ...verdict(1), ...(body as object) });
});
afterEach(() => {
  notifications.clean();
  vi.unstubAllGlobals();
});

function show(over: Partial<Parameters<typeof VerdictMenu>[0]> = {}, role: Role = "reviewer") {
  const sent = stubApi({
    "GET /api/datasets/pond/": () => ({ slug: "pond", role }),
    "GET /api/session/": () => ({ user: ANA, version: "1", trash_days: 30 }),
    "GET /api/evaluations/5/images/7/": () => ({
      image: "image-1",
      labels: [{ match: 3 }],
      predictions: [{ match: null }, { match: null }, { match: null }, { match: 0 }],
    }),
    "GET /api/datasets/pond/verdicts/": () => ({ next: null, previous: null, results: known }),
    "GET /api/datasets/pond/members/": () => [
      { id: 1, user: ANA, role: "lead" },
      { id: 2, user: { ...BEN, display_name: LONG }, role: "annotator" },
    ],
    "POST /api/datasets/pond/verdicts/": (body) => change(body),
    "PATCH /api/verdicts/1/": (body) => change(body),
  });
  const view = renderApp(
    <>
      <Notifications />
      <VerdictMenu dataset="pond" object={OBJECT} outcome="fn" {...over} />
    </>,
  );
  return { ...view, sent, changes: () => sent.filter(({ method }) => method !== "GET") };
}

const open = async (name: RegExp | string = "Give a verdict") =>
  userEvent.click(await screen.findByRole("button", { name }));

describe("giving a verdict", () => {
  it.each([
    ["extra", "label", "fn", {}],
    ["wrong_class", "label", "fn", {}],
    ["outline", "label", "tp", {}],
    ["missing", "prediction", "fp", { side: "prediction", index: 1 }],
    ["model", "prediction", "fp", { side: "prediction", index: 1 }],
  ] as const)("%s on a %s", async (kind, _, outcome, place) => {
    const { changes } = show({ object: { ...OBJECT, ...place }, outcome });
    await open();
    await userEvent.click(await screen.findByRole("menuitem", { name: KIND_WORDS[kind] }));
    await userEvent.type(await screen.findByLabelText("Comment"), "  look  ");
    if (kind !== "model") {
      await userEvent.click(screen.getByRole("combobox", { name: "Who mends it" }));
      await userEvent.click(await screen.findByRole("option", { name: LONG }));
    } else expect(screen.queryByRole("combobox", { name: "Who mends it" })).toBeNull();
    await userEvent.click(
      screen.getByRole("button", {
        name: kind === "model" ? "Keep as a hard case" : "Put it into the queue of fixes",
      }),
    );
    await waitFor(() => expect(screen.queryByLabelText("Comment")).toBeNull());
    expect(changes()).toEqual([
      {
        method: "POST",
        path: "/api/datasets/pond/verdicts/",
        body: { ...OBJECT, ...place, kind, comment: "look", assignee: kind === "model" ? null : BEN.id },
      },
    ]);
  });

  it("is sent once, however often the keys are pressed", async () => {
    let finish: (value: unknown) => void = () => undefined;
    change = () => new Promise((resolve) => (finish = resolve));
    const { changes } = show();
    await open();
    await userEvent.click(await screen.findByRole("menuitem", { name: KIND_WORDS.extra }));
    const field = await screen.findByLabelText("Comment");
    await userEvent.type(field, "{Control>}{Enter}{Enter}{/Control}");
    expect(changes()).toHaveLength(1);
    finish({});
  });

  it("says why it was refused, and keeps what was written", async () => {
    change = () =>
      Response.json({ detail: "There is nothing to mend.", code: "image_gone" }, { status: 409 });
    show();
    await open();
    await userEvent.click(await screen.findByRole("menuitem", { name: KIND_WORDS.extra }));
    const field = await screen.findByLabelText<HTMLTextAreaElement>("Comment");
    await userEvent.type(field, "A long thought");
    await userEvent.click(screen.getByRole("button", { name: "Put it into the queue of fixes" }));
    expect(await screen.findByText("There is nothing to mend.")).toBeTruthy();
    expect(field.value).toBe("A long thought");
  });
});

describe("a verdict that is there", () => {
  it.each(KINDS)("%s is told, and can be taken back", async (kind) => {
    known = [verdict(1, { kind })];
    const { changes } = show();
    await open(/^Verdict: .*, to fix$/);
    await userEvent.click(await screen.findByRole("menuitem", { name: "Nothing: it is no error" }));
    await waitFor(() => expect(changes()[0]?.body).toEqual({ state: "dismissed" }));
  });

  it.each(["fixed", "dismissed"] as const)("%s can be opened again", async (state) => {
    known = [verdict(1, { state })];
    const { changes } = show();
    await open(/^Verdict: extra, /);
    await userEvent.click(await screen.findByRole("menuitem", { name: "Open it again" }));
    await waitFor(() => expect(changes()[0]?.body).toEqual({ state: "open" }));
  });

  it("stays as it is once a version holds it", async () => {
    known = [verdict(1, { state: "fixed", included_in_version: 4 })];
    show();
    await open(/^Verdict: extra, fixed$/);
    await screen.findByRole("menuitem", { name: KIND_WORDS.extra });
    expect(screen.queryByRole("menuitem", { name: "Open it again" })).toBeNull();
  });

  it("is the label's, too, when it was given on its prediction", async () => {
    known = [verdict(1, { side: "prediction", index: 3, kind: "wrong_class" })];
    show({ outcome: "wrong_class" });
    expect(await screen.findByRole("button", { name: "Verdict: wrong class, to fix" })).toBeTruthy();
  });

  it("is not another object's", async () => {
    known = [verdict(1, { index: 1 }), verdict(2, { side: "prediction", index: 2 })];
    const { sent } = show();
    await waitFor(() => expect(sent.some(({ path }) => path.endsWith("/verdicts/"))).toBe(true));
    expect(await screen.findByRole("button", { name: "Give a verdict" })).toBeTruthy();
  });

  it("says so when it cannot be changed", async () => {
    known = [verdict(1)];
    change = () => Response.json({ detail: "Its history stays as it is.", code: "x" }, { status: 409 });
    show();
    await open(/^Verdict: extra/);
    await userEvent.click(await screen.findByRole("menuitem", { name: "Nothing: it is no error" }));
    expect(await screen.findByText("Its history stays as it is.")).toBeTruthy();
  });
});

it("is not there for annotators, who may not judge", async () => {
  const { sent } = show({}, "annotator");
  await waitFor(() => expect(sent.map(({ path }) => path)).toContain("/api/datasets/pond/"));
  expect(screen.queryByRole("button")).toBeNull();
});
