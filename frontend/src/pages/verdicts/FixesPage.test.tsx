import { Notifications, notifications } from "@mantine/notifications";
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Role, Verdict, VerdictSummary } from "@/api/types";
import { renderApp } from "@/test/render";
import { ANA, BEN, stubApi } from "../editor/testing";
import FixesPage from "./FixesPage";
import { KIND_WORDS, KINDS } from "./object";
import { verdict } from "./testing";

const LONG = "Maximiliane-Theodora-von-Hohenstein-Rabenau".repeat(3);
const SUMMARY: VerdictSummary = {
  open: 2,
  hard: 1,
  fixed: 3,
  by_kind: [{ kind: "extra", count: 2 }],
  by_assignee: [],
  by_evaluation: [{ evaluation: 5, run: 2, run_name: LONG, count: 2 }],
};
let rows: Verdict[] = [];
let bulk: (body: unknown) => unknown = () => undefined;

beforeEach(() => {
  rows = [];
  bulk = (body) => ({ changed: (body as { ids: number[] }).ids.length });
});
afterEach(() => {
  notifications.clean();
  vi.unstubAllGlobals();
});

function show(address = "", role: Role = "reviewer") {
  const sent = stubApi({
    "GET /api/session/": () => ({ user: ANA, version: "1", trash_days: 30 }),
    "GET /api/datasets/pond/verdicts/": () => ({ next: null, previous: null, results: rows }),
    "GET /api/datasets/pond/verdicts/summary/": () => SUMMARY,
    "GET /api/datasets/pond/members/": () => [
      { id: 1, user: ANA, role: "lead" },
      { id: 2, user: { ...BEN, display_name: LONG }, role: "annotator" },
    ],
    "POST /api/datasets/pond/verdicts/bulk/": (body) => bulk(body),
  });
  renderApp(
    <>
      <Notifications />
      <Routes>
        <Route element={<Outlet context={{ slug: "pond", role, name: "Pond" }} />}>
          <Route path="/" element={<FixesPage />} />
        </Route>
      </Routes>
    </>,
    `/${address}`,
  );
  return { changes: () => sent.filter(({ method }) => method === "POST").map(({ body }) => body) };
}

const select = async (...numbers: number[]) => {
  for (const number of numbers)
    await userEvent.click(await screen.findByRole("checkbox", { name: new RegExp(`heron-${number}`) }));
};

describe("the queue", () => {
  it.each(KINDS)("%s: says what is wrong, where, and leads there", async (kind) => {
    rows = [verdict(1, { kind, partner_class_name: kind === "wrong_class" ? LONG : "" })];
    show();
    const link = await screen.findByRole("link", { name: /Open in the editor/ });
    expect(link.getAttribute("aria-label")).toBe(
      `${KIND_WORDS[kind]}: heron, heron-1.jpg. Open in the editor`,
    );
    expect(link.getAttribute("href")).toBe("/datasets/pond/edit/image-1?verdict=1");
    // A hard case is not worked off: its label is right.
    expect(screen.queryAllByRole("link", { name: "Fix the first" })).toHaveLength(kind === "model" ? 0 : 1);
    if (kind === "wrong_class") expect(screen.getByTitle(LONG).textContent).toContain("The model says");
  });

  it("is empty: says where fixes come from; under a filter, how to see all", async () => {
    show();
    expect(await screen.findByText("Nothing to fix")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Show everything that is open" })).toBeNull();
  });

  it("has nothing under a filter: one button shows all again", async () => {
    show("?state=dismissed&kind=outline");
    await userEvent.click(await screen.findByRole("button", { name: "Show everything that is open" }));
    expect(await screen.findByText("Nothing to fix")).toBeTruthy();
  });

  it("could not be read: says why", async () => {
    show();
    stubApi({});
    expect(await screen.findByText(/^Nothing at .*verdicts\/\.$/)).toBeTruthy();
  });

  it.each([
    [{ state: "fixed", included_in_version: 4 }, "in version 4"],
    [{ state: "fixed" }, "fixed"],
    [{ state: "dismissed" }, "no error"],
    [{ state: "dismissed", kind: "model" }, "no hard case"],
  ] as const)("%o is marked “%s”", async (over, words) => {
    rows = [verdict(1, over)];
    show(`?state=${over.state}`);
    expect(await screen.findByText(words)).toBeTruthy();
  });

  it("keeps long names, in full where one points", async () => {
    rows = [verdict(1, { class_name: LONG, file_name: `${LONG}.jpg`, assignee: { ...BEN, username: LONG } })];
    show();
    expect((await screen.findByTitle(`${KIND_WORDS.extra}: ${LONG}`)).textContent).toContain(LONG);
    expect(screen.getByTitle(`${LONG}.jpg`)).toBeTruthy();
  });
});

describe("several at once", () => {
  beforeEach(() => {
    rows = [verdict(1), verdict(2), verdict(3, { kind: "model" })];
  });

  it.each([
    ["Are fixed", "fixed", "2 fixes marked as fixed."],
    ["Are no errors", "dismissed", "2 fixes dismissed."],
  ])("%s, and undone", async (button, state, words) => {
    const { changes } = show();
    await select(1, 2);
    await userEvent.click(screen.getByRole("button", { name: button }));
    const told = await screen.findByText(words);
    expect(screen.queryByRole("toolbar", { name: "Selected fixes" })).toBeNull();
    const notice = told.closest<HTMLElement>("[role=alert]") ?? document.body;
    await userEvent.click(within(notice).getByRole("button", { name: "Undo" }));
    expect(await screen.findByText("2 fixes are back under “Open”.")).toBeTruthy();
    expect(changes()).toEqual([
      { ids: [1, 2], state },
      { ids: [1, 2], state: "open" },
    ]);
  });

  it("are opened again", async () => {
    rows = [verdict(1, { state: "fixed" })];
    const { changes } = show("?state=fixed");
    await select(1);
    expect(screen.queryByRole("button", { name: "Are fixed" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Open again" }));
    expect(await screen.findByText("1 fix opened again.")).toBeTruthy();
    expect(changes()).toEqual([{ ids: [1], state: "open" }]);
  });

  it("are given to a member", async () => {
    const { changes } = show();
    await select(1, 3);
    await userEvent.click(screen.getByRole("button", { name: "Assign to" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: new RegExp(LONG) }));
    await screen.findByText(`2 fixes assigned to ${LONG}.`);
    expect(changes()).toEqual([{ ids: [1, 3], assignee: BEN.id }]);
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });

  it("says which stayed as they are", async () => {
    bulk = () => ({ changed: 2 });
    show();
    await select(1, 2, 3);
    await userEvent.click(screen.getByRole("button", { name: "Are fixed" }));
    expect(await screen.findByText(/^2 fixes marked as fixed\. 1 fix stays as it is: /)).toBeTruthy();
  });

  it("keeps the selection when it was refused", async () => {
    bulk = () => Response.json({ detail: "The server is busy.", code: "busy" }, { status: 503 });
    show();
    await select(1);
    await userEvent.click(screen.getByRole("button", { name: "Are no errors" }));
    expect(await screen.findByText("The server is busy.")).toBeTruthy();
    expect(screen.getByText("1 fix selected")).toBeTruthy();
  });

  it("is not offered to annotators", async () => {
    show();
    expect(await screen.findByRole("combobox", { name: "Assigned to" })).toBeTruthy();
    cleanup();
    show("", "annotator");
    await screen.findAllByRole("link", { name: /Open in the editor/ });
    expect(screen.queryByRole("checkbox")).toBeNull();
    expect(screen.queryByRole("combobox", { name: "Assigned to" })).toBeNull();
  });
});
