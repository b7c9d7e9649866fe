import { Notifications, notifications } from "@mantine/notifications";
import { act, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { offerUndo } from "@/components/offerUndo";
import { renderApp } from "@/test/render";
import { toast } from "./toast";

afterEach(() => act(() => notifications.clean()));

it("shows the newest of each kind, and never two of one", async () => {
  renderApp(<Notifications transitionDuration={0} />);
  act(() => {
    toast({ message: "first" });
    toast({ color: "red", message: "failed" });
    toast({ message: "second" });
    offerUndo("one deleted", () => Promise.resolve(""));
    offerUndo("two deleted", () => Promise.resolve(""));
    toast({ message: "third" });
  });
  expect(await screen.findByText("third")).toBeTruthy();
  expect(screen.getAllByRole("alert").map((each) => each.textContent)).toHaveLength(3);
  expect(screen.getByText("failed")).toBeTruthy();
  expect(screen.getByText("two deleted")).toBeTruthy();
  for (const text of ["first", "second", "one deleted"]) expect(screen.queryByText(text)).toBeNull();
});
