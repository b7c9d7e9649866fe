import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Role, User } from "@/api/types";
import { renderApp } from "@/test/render";
import { AssigneeMenu } from "./AssigneeMenu";
import { ANA, BEN, stubApi, user } from "./testing";

afterEach(() => vi.unstubAllGlobals());

const CLEO = user(3, "cleo", "Cleo Diaz");

function show(role: Role, assignee: User | null, skipped: { id: string; reason: string }[] = []) {
  const sent = stubApi({
    "GET /api/datasets/cats/members/": () =>
      [ANA, BEN, CLEO].map((each) => ({ id: 10 + each.id, user: each, role: "annotator" })),
    "POST /api/datasets/cats/images/bulk/": () => ({ changed: 1 - skipped.length, skipped }),
  });
  renderApp(
    <AssigneeMenu
      slug="cats"
      image="img"
      assignee={assignee}
      user={ANA}
      role={role}
      opened
      onOpened={() => undefined}
    />,
  );
  return () => sent.filter(({ method }) => method === "POST").map(({ body }) => body);
}

const items = async (): Promise<string[]> =>
  (await screen.findAllByRole("menuitem")).map(({ textContent }) =>
    textContent.replace(/^[A-Z]{1,2}(?=[A-Z])/, ""),
  );

describe("who works on an image", () => {
  it("lets an annotator take what nobody has, and give back their own", async () => {
    const sent = show("annotator", null);
    await userEvent.click(await screen.findByRole("menuitem", { name: "Take it" }));
    expect(sent()).toEqual([{ ids: ["img"], action: "set_assignee", assignee: ANA.id }]);
  });

  it("lets an annotator give back their own, and nothing else", async () => {
    const sent = show("annotator", ANA);
    expect(await items()).toEqual(["Give it back"]);
    await userEvent.click(screen.getByRole("menuitem", { name: "Give it back" }));
    expect(sent()).toEqual([{ ids: ["img"], action: "set_assignee", assignee: null }]);
  });

  it("tells an annotator whose it is, by name, and who can change that", async () => {
    show("annotator", CLEO);
    expect(
      await screen.findByText("It is Cleo Diaz’s. A reviewer or team lead can change that."),
    ).toBeTruthy();
    expect(screen.queryByRole("menuitem")).toBeNull();
    expect(screen.getByRole("button", { name: "Assigned to Cleo Diaz" })).toBeTruthy();
  });

  it.each(["reviewer", "lead"] as const)("lets a %s give it to any member", async (role) => {
    const sent = show(role, BEN);
    await screen.findByRole("menuitem", { name: "Cleo Diaz" });
    expect(screen.queryByRole("menuitem", { name: "ben" })).toBeNull();
    expect(screen.getByRole("menuitem", { name: "Take it from ben" })).toBeTruthy();
    expect(screen.getByRole("menuitem", { name: "Assign to nobody" })).toBeTruthy();
    await userEvent.click(screen.getByRole("menuitem", { name: "Cleo Diaz" }));
    expect(sent()).toEqual([{ ids: ["img"], action: "set_assignee", assignee: CLEO.id }]);
  });
});
