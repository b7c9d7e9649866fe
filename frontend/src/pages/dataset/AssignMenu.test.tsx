import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { Membership, Role } from "@/api/types";
import { renderApp } from "@/test/render";
import { AssignMenu } from "./AssignMenu";

const member = (id: number, username: string, role: Role): Membership => ({
  id: id * 10,
  user: { id, username, display_name: username, is_administrator: false },
  role,
});
const members = [member(1, "ana", "annotator"), member(2, "bo", "reviewer")];

async function open(role: Role, myId: number) {
  const onAssign = vi.fn();
  const onShareOut = vi.fn();
  renderApp(<AssignMenu {...{ role, members, myId, onAssign, onShareOut }} />);
  await userEvent.click(screen.getByRole("button", { name: "Assign to" }));
  await screen.findByRole("menuitem", { name: "Me" });
  return { onAssign, onShareOut };
}

it("lets an annotator take images and give them back, and no more", async () => {
  const { onAssign } = await open("annotator", 1);
  expect(screen.getAllByRole("menuitem").map(({ textContent }) => textContent)).toEqual([
    "Me",
    "Nobody (give back)",
  ]);
  await userEvent.click(screen.getByRole("menuitem", { name: "Me" }));
  expect(onAssign).toHaveBeenCalledWith(1, "assigned to you");
});

it("lets a reviewer give images to any member", async () => {
  const { onAssign } = await open("reviewer", 2);
  await userEvent.click(screen.getByRole("menuitem", { name: /ana/ }));
  expect(onAssign).toHaveBeenCalledWith(1, "assigned to ana");
  expect(screen.queryByRole("menuitem", { name: /bo/ })).toBeNull();
});

it("shares images out to those who are chosen, in the order of the list", async () => {
  const { onShareOut } = await open("lead", 3);
  await userEvent.click(screen.getByRole("menuitem", { name: "Share out …" }));
  const send = await screen.findByRole("button", { name: "Share out" });
  expect(send).toHaveProperty("disabled", true);
  await userEvent.click(screen.getByRole("checkbox", { name: /bo/ }));
  await userEvent.click(screen.getByRole("checkbox", { name: /ana/ }));
  await userEvent.click(send);
  expect(onShareOut).toHaveBeenCalledWith([1, 2], "shared out to 2 people");
});
