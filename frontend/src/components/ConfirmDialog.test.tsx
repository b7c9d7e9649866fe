import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import { renderApp } from "@/test/render";
import { ConfirmDialog } from "./ConfirmDialog";

function show(over: Partial<Parameters<typeof ConfirmDialog>[0]> = {}) {
  const onConfirm = vi.fn();
  renderApp(
    <ConfirmDialog
      opened
      onClose={() => undefined}
      title="Delete the dataset"
      consequences={["431 objects go."]}
      confirmLabel="Delete"
      onConfirm={onConfirm}
      pending={false}
      error={null}
      {...over}
    />,
  );
  return onConfirm;
}

it("does nothing until the name has been typed", async () => {
  const onConfirm = show({ typeToConfirm: "pond" });
  const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Delete" });
  expect(button.disabled).toBe(true);
  await userEvent.type(screen.getByRole("textbox"), "pond");
  expect(button.disabled).toBe(false);
  await userEvent.click(button);
  expect(onConfirm).toHaveBeenCalledTimes(1);
});

it("shows what goes, and why it could not be done", async () => {
  show({ error: new ApiProblem("Run 3 uses this version.", 409, "in_use") });
  expect(await screen.findByText("431 objects go.")).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("Run 3 uses this version.");
});
