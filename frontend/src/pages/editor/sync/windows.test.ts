import { expect, it, vi } from "vitest";
import { OpenWindows } from "./windows";

it("windows on one annotation hear of each other at once, and of each that leaves", async () => {
  const [mine, yours, elsewhere] = [vi.fn(), vi.fn(), vi.fn()];
  const leave = new OpenWindows().watch("img", mine);
  const leaveToo = new OpenWindows().watch("img", yours);
  const leaveOther = new OpenWindows().watch("other", elsewhere);
  await vi.waitFor(() => expect(mine).toHaveBeenLastCalledWith(1));
  await vi.waitFor(() => expect(yours).toHaveBeenLastCalledWith(1));
  leaveToo();
  await vi.waitFor(() => expect(mine).toHaveBeenLastCalledWith(0));
  expect(elsewhere).not.toHaveBeenCalled();
  leave();
  leaveOther();
});
