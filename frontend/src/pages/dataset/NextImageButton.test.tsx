import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Route, Routes, useLocation } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { CAT, stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import { NextImageButton, TO_ANNOTATE } from "./NextImageButton";

afterEach(() => vi.unstubAllGlobals());

function Here() {
  const { pathname, state } = useLocation() as { pathname: string; state: unknown };
  return <p>{`${pathname} ${JSON.stringify(state)}`}</p>;
}

function show(classes: (typeof CAT)[]) {
  const sent = stubApi({ "POST /api/datasets/pond/next-image/": () => ({ id: "img" }) });
  renderApp(
    <Routes>
      <Route
        path="/"
        element={
          <NextImageButton slug="pond" purpose="annotate" dataset={{ classes }}>
            Annotate
          </NextImageButton>
        }
      />
      <Route path="*" element={<Here />} />
    </Routes>,
  );
  return sent;
}

it.each([
  ["no class", []],
  ["only retired classes", [{ ...CAT, is_retired: true }]],
])("leads to the classes where there are %s, and hands out no image", async (_, classes) => {
  const sent = show(classes);
  await userEvent.click(screen.getByRole("button", { name: "Annotate" }));
  expect(await screen.findByText(`/datasets/pond/classes ${JSON.stringify(TO_ANNOTATE)}`)).toBeTruthy();
  expect(sent).toEqual([]);
});

it("asks for the next image where there is a class", async () => {
  const sent = show([CAT]);
  await userEvent.click(screen.getByRole("button", { name: "Annotate" }));
  await waitFor(() => expect(sent.length).toBeGreaterThan(0));
});
