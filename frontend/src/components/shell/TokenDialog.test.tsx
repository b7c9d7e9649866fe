import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Token } from "@/api/types";
import { stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import { TokenDialog } from "./TokenDialog";

afterEach(() => vi.unstubAllGlobals());

function token(fields: Partial<Token> = {}): Token {
  return {
    id: "11111111-1111-4111-8111-111111111111",
    name: "old script",
    created_at: "2026-01-01T00:00:00Z",
    expires_at: "2026-02-01T00:00:00Z",
    last_used_at: null,
    is_expired: true,
    ...fields,
  };
}

it("shows a new key once, with name and end", async () => {
  const tokens = [token()];
  const fresh = token({ id: "22222222-2222-4222-8222-222222222222", name: "nightly", is_expired: false });
  const sent = stubApi({
    "GET /api/me/tokens/": () => tokens,
    "POST /api/me/tokens/": () => {
      tokens.unshift(fresh);
      return { token: fresh, key: "k".repeat(64) };
    },
  });
  const person = userEvent.setup();
  const onClose = vi.fn();
  renderApp(<TokenDialog opened onClose={onClose} />);
  expect(await screen.findByText("Ended")).toBeTruthy();
  expect(screen.getByText(/never used/)).toBeTruthy();

  await person.click(screen.getByRole("button", { name: "Create token" }));
  expect(await screen.findByText(/Say what will use it/)).toBeTruthy();
  await person.type(screen.getByRole("textbox", { name: "Name" }), " nightly ");
  await person.selectOptions(screen.getByRole("combobox", { name: "Ends after" }), "30 days");
  await person.click(screen.getByRole("button", { name: "Create token" }));

  const key = await screen.findByLabelText("Key of the token");
  expect(key.textContent).toBe("k".repeat(64));
  expect(screen.getByRole("button", { name: "Copy the key" })).toBeTruthy();
  expect(sent.find(({ method }) => method === "POST")?.body).toEqual({ name: "nightly", days: 30 });
  await person.click(screen.getByRole("button", { name: "Done" }));
  expect(screen.queryByText("k".repeat(64))).toBeNull();
});

it("deletes a token after asking, and says that what uses it will be refused", async () => {
  const tokens = [token()];
  const sent = stubApi({
    "GET /api/me/tokens/": () => tokens,
    "DELETE /api/me/tokens/11111111-1111-4111-8111-111111111111/": () => void tokens.pop(),
  });
  const person = userEvent.setup();
  renderApp(<TokenDialog opened onClose={() => undefined} />);
  await person.click(await screen.findByRole("button", { name: "Delete the token old script" }));
  expect(screen.getByText("What uses it will be refused.")).toBeTruthy();
  expect(sent.some(({ method }) => method === "DELETE")).toBe(false);
  await person.click(screen.getByRole("button", { name: "Delete for good" }));
  await waitFor(() => expect(screen.getByText("You have no tokens.")).toBeTruthy());
});
