import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Membership, Role } from "@/api/types";
import { stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import { GiveOutDialog } from "./GiveOutDialog";
import { describeRefused } from "./givenOut";

afterEach(() => vi.unstubAllGlobals());

const member = (id: number, username: string, role: Role): Membership => ({
  id: id * 10,
  user: { id, username, display_name: "", is_administrator: false },
  role,
});
const DRAWN = "They have drawn in it themselves.";

it("names what was refused, reason by reason", () => {
  const skipped = ["a", "b", "c", "d", "e"].map((id) => ({ id, reason: id === "e" ? "Gone." : DRAWN }));
  const nameOf = (id: string) => (id === "e" ? undefined : `${id}.jpg`);
  expect(describeRefused({ changed: 0, skipped }, nameOf)).toEqual([
    `a.jpg, b.jpg, c.jpg and 1 other image: ${DRAWN}`,
    "1 image: Gone.",
  ]);
});

it("gives the images to each who is chosen, and tells what became of it", async () => {
  const sent = stubApi({
    "POST /api/datasets/pond/independent/": (body) =>
      (body as { annotator: number }).annotator === 1
        ? { changed: 2, skipped: [] }
        : { changed: 0, skipped: ["x", "y"].map((id) => ({ id, reason: DRAWN })) },
  });
  const onDone = vi.fn();
  renderApp(
    <GiveOutDialog
      slug="pond"
      opened
      ids={["x", "y"]}
      nameOf={(id) => `${id}.jpg`}
      members={[member(1, "ana", "annotator"), member(2, "bo", "reviewer"), member(3, "cy", "lead")]}
      onClose={vi.fn()}
      onDone={onDone}
    />,
  );
  const give = await screen.findByRole("button", { name: "Have them drawn" });
  expect(give).toHaveProperty("disabled", true);
  await userEvent.click(screen.getByRole("checkbox", { name: /ana/ }));
  await userEvent.click(screen.getByRole("checkbox", { name: /bo/ }));
  await userEvent.click(give);
  expect(await screen.findByText("ana: 2 images given")).toBeTruthy();
  expect(screen.getByText("bo: nothing given")).toBeTruthy();
  expect(screen.getByText(`x.jpg, y.jpg: ${DRAWN}`)).toBeTruthy();
  expect(screen.queryByText(/^cy/)).toBeNull();
  expect(sent.map(({ body }) => body)).toEqual([
    { ids: ["x", "y"], annotator: 1 },
    { ids: ["x", "y"], annotator: 2 },
  ]);
  expect(onDone).not.toHaveBeenCalled();
  await userEvent.click(screen.getByText("Close"));
  expect(onDone).toHaveBeenCalledOnce();
});
