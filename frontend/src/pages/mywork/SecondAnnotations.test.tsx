import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "@/test/render";
import { SecondAnnotations } from "./SecondAnnotations";

it("leads to the first that is left in each dataset", () => {
  renderApp(
    <SecondAnnotations
      rows={[
        { dataset: "pond", dataset_name: "Pond", count: 2, next: 12 },
        { dataset: "lake", dataset_name: "Lake", count: 1, next: 5 },
      ]}
    />,
  );
  const links = screen.getAllByRole("link").map((link) => link.getAttribute("href"));
  expect(links).toEqual(["/datasets/pond/second/12", "/datasets/lake/second/5"]);
  expect(screen.getByText("2 images left")).toBeTruthy();
});
