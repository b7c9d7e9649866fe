import { screen } from "@testing-library/react";
import { Route, Routes, useLocation } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import ImportPage from "../dataset/ImportPage";
import { EvaluationGate } from "../run/EvaluationGate";
import type { ImageDetail, Run } from "@/api/types";
import BlindPage from "./blind/BlindPage";
import EditorPage from "./EditorPage";
import { imageQuery } from "./queries";
import { stubApi } from "./testing";

afterEach(() => vi.unstubAllGlobals());

const IMAGE = "0f9d6a6e-0000-4000-8000-000000000001";

function Here() {
  const { pathname, search } = useLocation();
  return <output>{pathname + search}</output>;
}

function openAt(address: string) {
  return renderApp(
    <>
      <Here />
      <Routes>
        <Route path="/datasets/:slug/edit/:imageId" element={<EditorPage />} />
        <Route path="/datasets/:slug/second/:id" element={<BlindPage />} />
        <Route path="/datasets/:slug/imports/:id" element={<ImportPage />} />
        <Route path="/datasets/pond/imports/5" element={null} />
        <Route
          path="/runs/:id/results"
          element={
            <EvaluationGate run={{ id: 3, state: "finished", evaluation: null } as unknown as Run} wanted={9}>
              {() => null}
            </EvaluationGate>
          }
        />
      </Routes>
    </>,
    address,
  );
}

describe("what is opened under another parent's address goes to its own", () => {
  it.each([
    ["an image", `/datasets/other/edit/${IMAGE}`, `/datasets/pond/edit/${IMAGE}`],
    [
      "an image that is reviewed, without the other dataset's filters",
      `/datasets/other/edit/${IMAGE}?class=7&status=done&review=1&comment=4`,
      `/datasets/pond/edit/${IMAGE}?review=1&comment=4`,
    ],
    ["a second annotation", "/datasets/other/second/4", "/datasets/pond/second/4"],
    ["an import", "/datasets/other/imports/5", "/datasets/pond/imports/5"],
    ["an evaluation", "/runs/3/results?evaluation=9", "/runs/8/results?evaluation=9"],
  ])("%s", async (_, address, own) => {
    stubApi({
      [`GET /api/images/${IMAGE}/`]: () => ({ id: IMAGE, dataset: "pond" }),
      "GET /api/independent/mine/4/": () => ({ id: 4, revision: 0, image: { id: IMAGE, dataset: "pond" } }),
      "GET /api/imports/5/": () => ({ id: 5, dataset: "pond", state: "finished" }),
      "GET /api/runs/3/evaluations/": () => [],
      "GET /api/evaluations/9/": () => ({ id: 9, run: 8 }),
      // The other dataset may not be one that this person sees: that must not stand in the way.
      "GET /api/datasets/pond/": () => new Promise(() => undefined),
      "GET /api/imports/5/report/": () => new Promise(() => undefined),
    });
    openAt(address);
    expect(await screen.findByText(own)).toBeTruthy();
  });

  it("an image of this dataset stays where it is", async () => {
    stubApi({ "GET /api/datasets/pond/": () => new Promise(() => undefined) });
    const { client } = openAt(`/datasets/pond/edit/${IMAGE}?status=done`);
    client.setQueryData(imageQuery(IMAGE).queryKey, { id: IMAGE, dataset: "pond" } as ImageDetail);
    expect(await screen.findByText(`/datasets/pond/edit/${IMAGE}?status=done`)).toBeTruthy();
  });
});
