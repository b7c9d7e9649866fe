import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ImageDetail } from "@/api/types";
import { imageQuery } from "./queries";
import { SaveTroubles } from "./SaveTroubles";
import { savers } from "./sync/savers";
import type { AnnotationSaver } from "./sync/saver";
import { MemoryJournal, Server, square } from "./sync/testing";
import { CLASS_NAMES, openImage } from "./testing";

/** "img" is open; the save of another image, left before, is refused. */
async function setUp() {
  const troubled: AnnotationSaver[] = [];
  vi.spyOn(savers, "troubled").mockImplementation((except) =>
    troubled.filter(({ image }) => image !== except),
  );
  const client = new QueryClient();
  client.setQueryData(imageQuery("left").queryKey, { file_name: "heron.jpg" } as ImageDetail);
  const { editing } = openImage();
  const shown = { ...editing, image: { ...editing.image, dataset: "pond" } };
  const router = createMemoryRouter(
    [
      { path: "/", element: <SaveTroubles editing={shown} classNames={CLASS_NAMES} /> },
      { path: "/datasets/pond/edit/left", element: <p>The heron</p> },
    ],
    { initialEntries: ["/"] },
  );
  render(
    <QueryClientProvider client={client}>
      <MantineProvider env="test">
        <Notifications />
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  const server = new Server();
  server.faults = ["refuse"];
  const saver = server.open(new MemoryJournal());
  Object.assign(saver, { image: "left" });
  saver.edit({ instances: [square("new")] });
  await saver.flush();
  const tell = (list: AnnotationSaver[]): void =>
    act(() => {
      troubled.splice(0, troubled.length, ...list);
      savers.emit("change", null);
    });
  return { saver, tell };
}

describe("SaveTroubles", () => {
  afterEach(() => vi.restoreAllMocks());

  it("tells of an image left before its save was refused, until that is settled", async () => {
    const { saver, tell } = await setUp();
    tell([saver]);
    expect(await screen.findByText("heron.jpg is not saved yet")).toBeTruthy();
    expect(screen.getByText(/^No such class\. Your version is kept\./)).toBeTruthy();
    tell([]);
    await waitFor(() => expect(screen.queryByText("heron.jpg is not saved yet")).toBeNull());
  });

  it("leads back to it", async () => {
    const { saver, tell } = await setUp();
    tell([saver]);
    await userEvent.click(await screen.findByRole("button", { name: "Open it" }));
    expect(await screen.findByText("The heron")).toBeTruthy();
  });
});
