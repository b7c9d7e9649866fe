import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, unwrap } from "@/api/client";
import { onSignedInAgain } from "@/api/session";
import { RequireSession } from "./RequireSession";

const ANA = { id: 7, username: "ana", display_name: "Ana", is_administrator: false };
const BEN = { ...ANA, id: 8, username: "ben" };

/** A server that knows who is signed in, and lists datasets for them only. */
class Server {
  user: typeof ANA | null = ANA;
  next = ANA;

  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/session/") {
      if (request.method === "POST") {
        const { password } = (await request.json()) as { password: string };
        if (password !== "right") return answer(400, { detail: "Wrong password.", code: "wrong" });
        this.user = this.next;
      }
      return answer(200, { user: this.user });
    }
    return this.user
      ? answer(200, { results: [], next: null, previous: null })
      : answer(401, { detail: "Sign in.", code: "not_authenticated" });
  };
}

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

function Page() {
  const { refetch, isSuccess } = useQuery({
    queryKey: ["datasets"],
    queryFn: () => unwrap(api.GET("/api/datasets/")),
  });
  return (
    <>
      <input aria-label="Note" />
      <button onClick={() => void refetch()}>Look again</button>
      <p>{isSuccess ? "Listed" : "Not listed"}</p>
    </>
  );
}

describe("RequireSession", () => {
  let server: Server;
  let client: QueryClient;

  beforeEach(() => {
    server = new Server();
    vi.stubGlobal("fetch", server.fetch);
    vi.stubGlobal(
      "EventSource",
      class {
        close(): void {}
        addEventListener(): void {}
      },
    );
    client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  });
  afterEach(() => vi.unstubAllGlobals());

  function open() {
    const router = createMemoryRouter([
      { element: <RequireSession />, children: [{ path: "/", element: <Page /> }] },
      { path: "/sign-in", element: <p>The sign-in page</p> },
    ]);
    render(
      <QueryClientProvider client={client}>
        <MantineProvider env="test">
          <RouterProvider router={router} />
        </MantineProvider>
      </QueryClientProvider>,
    );
  }

  const signIn = async (password: string): Promise<void> => {
    await userEvent.clear(await screen.findByLabelText("Password"));
    await userEvent.type(screen.getByLabelText("Password"), password);
    await userEvent.click(screen.getByRole("button", { name: "Sign in and go on" }));
  };

  it("sends a stranger to the sign-in page", async () => {
    server.user = null;
    open();
    expect(await screen.findByText("The sign-in page")).toBeTruthy();
  });

  it("keeps the page of somebody whose session ends, and goes on when they have signed in again", async () => {
    const again = vi.fn();
    const forget = onSignedInAgain(again);
    open();
    expect(await screen.findByText("Listed")).toBeTruthy();
    const note = screen.getByLabelText<HTMLInputElement>("Note");
    await userEvent.type(note, "half a sentence");
    server.user = null;
    await userEvent.click(screen.getByText("Look again"));
    expect(await screen.findByRole("dialog", { name: "You are signed out" })).toBeTruthy();
    expect(document.body.contains(note)).toBe(true);

    await signIn("wrong");
    expect((await screen.findByRole("alert")).textContent).toBe("Wrong password.");
    expect(again).not.toHaveBeenCalled();
    await signIn("right");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(note.value).toBe("half a sentence");
    expect(again).toHaveBeenCalledOnce();
    forget();
  });

  it("asks as well when a look at the session finds it ended", async () => {
    open();
    expect(await screen.findByText("Listed")).toBeTruthy();
    server.user = null;
    await client.invalidateQueries({ queryKey: ["session"] });
    expect(await screen.findByRole("dialog", { name: "You are signed out" })).toBeTruthy();
  });

  it("does not let another account go on with the work of the first", async () => {
    open();
    expect(await screen.findByText("Listed")).toBeTruthy();
    server.user = null;
    server.next = BEN;
    await userEvent.click(screen.getByText("Look again"));
    await signIn("right");
    expect((await screen.findByRole("alert")).textContent).toBe("That is another account.");
    expect(screen.getByRole("dialog", { name: "You are signed out" })).toBeTruthy();
  });
});
