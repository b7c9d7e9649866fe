import { Anchor, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link, useLocation } from "react-router";
import { useDataset } from "@/api/datasets";
import { useRun } from "@/api/runs";
import classes from "./Shell.module.css";

type Crumb = { label: string; to?: string };

const PLACE_NAMES: Record<string, string> = {
  datasets: "Datasets",
  runs: "Runs",
  models: "Models",
  predict: "Predict",
  workers: "Workers",
  "my-work": "My work",
};

/** Pages beside those of single runs. */
const RUN_PAGES: Record<string, string> = { new: "New run", compare: "Compare", search: "Search" };

/** The way from a rail place to this page, read from the address; `names` are looked up beforehand. */
export function crumbsOf(pathname: string, names: { dataset?: string; run?: string }): Crumb[] {
  const [place = "", second, third, fourth] = pathname.split("/").filter(Boolean);
  if (place === "trash") return [{ label: "Datasets", to: "/datasets" }, { label: "Trash" }];
  const label = PLACE_NAMES[place];
  if (!label) return [];
  const crumbs: Crumb[] = [{ label, to: `/${place}` }];
  if (place === "datasets" && second) {
    crumbs.push({ label: names.dataset ?? second, to: `/datasets/${second}` });
    if (third === "imports") {
      crumbs.push({ label: "Imports", to: `/datasets/${second}/imports` });
      if (fourth) crumbs.push({ label: `Import ${fourth}` });
    } else if (third === "trash") {
      crumbs.push({ label: "Trash" });
    }
  } else if (place === "runs" && second) {
    const page = RUN_PAGES[second];
    crumbs.push(page ? { label: page } : { label: names.run ?? `Run ${second}`, to: `/runs/${second}` });
  } else if (place === "predict" && second) {
    crumbs.push({ label: `Prediction ${second}` });
  }
  return crumbs;
}

export function Crumbs() {
  const { pathname } = useLocation();
  const [place, second] = pathname.split("/").filter(Boolean);
  const dataset = useDataset(place === "datasets" ? second : undefined);
  const run = useRun(place === "runs" && second && !RUN_PAGES[second] ? Number(second) : Number.NaN);
  const crumbs = crumbsOf(pathname, { dataset: dataset.data?.name, run: run.data?.name });
  return (
    <nav aria-label="Where this is" className={classes.crumbs}>
      {crumbs.map(({ label, to }, i) => {
        const last = i === crumbs.length - 1;
        return (
          <Fragment key={i}>
            {i > 0 && (
              <Text span c="dimmed" aria-hidden="true">
                /
              </Text>
            )}
            {last || !to ? (
              <Text
                span
                size="sm"
                fw={last ? 550 : 400}
                truncate
                title={label}
                aria-current={last ? "page" : undefined}
              >
                {label}
              </Text>
            ) : (
              <Anchor component={Link} to={to} size="sm" c="dimmed" truncate title={label}>
                {label}
              </Anchor>
            )}
          </Fragment>
        );
      })}
    </nav>
  );
}
