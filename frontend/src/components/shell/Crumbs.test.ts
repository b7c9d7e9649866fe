import { expect, it } from "vitest";
import { crumbsOf } from "./Crumbs";

it.each([
  ["/datasets", "Datasets"],
  ["/datasets/pond/classes", "Datasets > The pond"],
  ["/datasets/pond/imports/7", "Datasets > The pond > Imports > Import 7"],
  ["/datasets/pond/trash", "Datasets > The pond > Trash"],
  ["/trash", "Datasets > Trash"],
  ["/runs/new", "Runs > New run"],
  ["/runs/4/results", "Runs > duck run"],
  ["/predict/9", "Predict > Prediction 9"],
  ["/nowhere", ""],
])("%s is at %s", (pathname, way) => {
  const crumbs = crumbsOf(pathname, { dataset: "The pond", run: "duck run" });
  expect(crumbs.map((crumb) => crumb.label).join(" > ")).toBe(way);
});

it("uses what the address says until the name is known", () => {
  expect(crumbsOf("/runs/4", {}).at(-1)?.label).toBe("Run 4");
});
