import { Notifications } from "@mantine/notifications";
import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import { renderApp } from "@/test/render";
import { offerUndo } from "./offerUndo";

it("takes back once what was done, and says so", async () => {
  renderApp(<Notifications />);
  const undo = vi.fn(() => Promise.resolve("2 images restored."));
  act(() => void offerUndo("2 images deleted.", undo));
  expect(await screen.findByText("2 images deleted.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("2 images restored.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  expect(undo).toHaveBeenCalledTimes(1);
});

it("says why it cannot be taken back", async () => {
  renderApp(<Notifications />);
  act(
    () =>
      void offerUndo("“pond” deleted.", () =>
        Promise.reject(new ApiProblem("It is being purged.", 409, "x")),
      ),
  );
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(await screen.findByText("It is being purged.")).toBeTruthy();
});
