import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { paths } from "./schema";

type Read = { [Path in keyof paths]: paths[Path] extends { get: object } ? Path : never }[keyof paths];
type Names<Path extends Read> = paths[Path] extends { get: { parameters: { path: infer Named } } }
  ? Partial<Named>
  : never;

/** The key under which an address is cached; it covers the address with any query, and any name that is left out. */
export function at<Path extends Read>(path: Path, names?: Names<Path>): QueryKey {
  return names && Object.values(names).some((name) => name !== undefined)
    ? ["get", path, { params: { path: names } }]
    : ["get", path];
}

const ofImage = (image_id?: string): QueryKey[] => [
  at("/api/images/{image_id}/", { image_id }),
  at("/api/images/{image_id}/values/", { image_id }),
  at("/api/images/{image_id}/comments/", { image_id }),
  at("/api/images/{image_id}/review/", { image_id }),
  at("/api/images/{image_id}/revisions/", { image_id }),
  at("/api/images/{image_id}/deleted-instances/", { image_id }),
];
const imagesOf = (slug?: string): QueryKey[] => [
  at("/api/datasets/{slug}/images/", { slug }),
  at("/api/datasets/{slug}/images/facets/", { slug }),
  at("/api/images/{image_id}/similar/"),
];
const ofEvaluation = (evaluation_id?: number): QueryKey[] => [
  at("/api/evaluations/{evaluation_id}/", { evaluation_id }),
  at("/api/evaluations/{evaluation_id}/curves/", { evaluation_id }),
  at("/api/evaluations/{evaluation_id}/figures/", { evaluation_id }),
  at("/api/evaluations/{evaluation_id}/columns/", { evaluation_id }),
  at("/api/evaluations/{evaluation_id}/shapes/", { evaluation_id }),
  at("/api/evaluations/{evaluation_id}/pins/", { evaluation_id }),
];

/** What changes together: the keys of all answers that say something about it. */
export const keys = {
  datasets: [at("/api/datasets/")],
  dataset: (slug: string) => [
    at("/api/datasets/{slug}/", { slug }),
    at("/api/datasets/{slug}/window/", { slug }),
    at("/api/datasets/{slug}/members/", { slug }),
  ],
  /** My uploads that are not whole. */
  uploads: [at("/api/uploads/")],
  members: (slug: string) => [at("/api/datasets/{slug}/members/", { slug })],
  /** Figures and findings. */
  insights: (slug: string) => [
    at("/api/datasets/{slug}/insights/", { slug }),
    at("/api/datasets/{slug}/findings/", { slug }),
    at("/api/datasets/{slug}/findings/{kind}/repair/", { slug }),
    at("/api/images/{image_id}/findings/"),
  ],
  people: (slug: string) => [at("/api/datasets/{slug}/people/", { slug })],
  agreement: (slug: string) => [
    at("/api/datasets/{slug}/agreement/", { slug }),
    at("/api/datasets/{slug}/independent/", { slug }),
    at("/api/independent/{independent_id}/"),
  ],
  /** Second annotations that wait for me. */
  independent: [at("/api/independent/mine/"), at("/api/independent/mine/{independent_id}/")],
  imagesOf,
  tags: (slug: string) => [at("/api/datasets/{slug}/tags/", { slug })],
  views: (slug: string) => [at("/api/datasets/{slug}/views/", { slug })],
  image: ofImage,
  review: (image_id: string) => [at("/api/images/{image_id}/review/", { image_id })],
  /** Of an image, or a second one of its own name: see `annotationQuery`. */
  annotation: (id?: string): QueryKey[] => [id === undefined ? ["annotation"] : ["annotation", id]],
  trash: (slug: string) => [
    at("/api/datasets/{slug}/trash/images/", { slug }),
    at("/api/datasets/{slug}/trash/instances/", { slug }),
  ],
  trashedDatasets: [at("/api/trash/datasets/")],
  imports: (slug: string) => [at("/api/datasets/{slug}/imports/", { slug })],
  import: (import_id: number) => [
    at("/api/imports/{import_id}/", { import_id }),
    at("/api/imports/{import_id}/report/", { import_id }),
    at("/api/imports/{import_id}/preview/", { import_id }),
  ],
  folder: (slug: string) => [
    at("/api/datasets/{slug}/folder/", { slug }),
    at("/api/datasets/{slug}/folder/changes/", { slug }),
  ],
  bulkChanges: (slug: string) => [at("/api/datasets/{slug}/changes/", { slug })],
  bulkChange: (change_id: number) => [
    at("/api/changes/{change_id}/", { change_id }),
    at("/api/changes/{change_id}/skipped/", { change_id }),
  ],
  datasetExports: (slug: string) => [
    at("/api/datasets/{slug}/exports/", { slug }),
    at("/api/dataset-exports/{export_id}/"),
  ],
  exportPreview: (slug: string) => [at("/api/datasets/{slug}/export/preview/", { slug })],
  versions: (slug: string) => [at("/api/datasets/{slug}/versions/", { slug })],
  version: (version_id: number) => [
    at("/api/versions/{version_id}/elsewhere/", { version_id }),
    at("/api/versions/{version_id}/dependents/", { version_id }),
  ],
  syntheticPreview: (preview_id: number) => [at("/api/synthetic-previews/{preview_id}/", { preview_id })],
  batchPreview: (preview_id: number) => [at("/api/batch-previews/{preview_id}/", { preview_id })],
  syntheticVerdict: (version_id: number) => [
    at("/api/versions/{version_id}/synthetic/verdict/", { version_id }),
  ],
  versionCheck: (check_id: number) => [at("/api/version-checks/{check_id}/", { check_id })],
  versionPreview: (slug: string) => [at("/api/datasets/{slug}/versions/preview/", { slug })],
  devices: [at("/api/devices/")],
  runs: [
    at("/api/runs/"),
    at("/api/runs/queue/"),
    at("/api/run-groups/{group_id}/"),
    at("/api/searches/{search_id}/"),
  ],
  runQueue: [at("/api/runs/queue/")],
  latestRuns: [at("/api/runs/latest/")],
  search: (search_id: number) => [at("/api/searches/{search_id}/", { search_id })],
  run: (run_id: number) => [
    at("/api/runs/{run_id}/", { run_id }),
    at("/api/runs/{run_id}/data/", { run_id }),
  ],
  runParts: (run_id: number) => [
    at("/api/runs/{run_id}/log/", { run_id }),
    at("/api/runs/{run_id}/files/", { run_id }),
  ],
  evaluations: (run_id: number) => [at("/api/runs/{run_id}/evaluations/", { run_id })],
  /** Lists and comparisons: they change with any of them. */
  allEvaluations: [
    at("/api/evaluations/"),
    at("/api/evaluations/compare/"),
    at("/api/evaluations/compare/images/"),
    at("/api/evaluations/compare/objects/"),
    at("/api/runs/{run_id}/evaluations/"),
    at("/api/runs/{run_id}/progress/"),
  ],
  evaluation: ofEvaluation,
  suspects: [at("/api/evaluations/{evaluation_id}/suspects/")],
  verdict: (verdict_id?: number) => [at("/api/verdicts/{verdict_id}/", { verdict_id })],
  verdicts: (slug: string) => [
    at("/api/datasets/{slug}/verdicts/", { slug }),
    at("/api/datasets/{slug}/verdicts/summary/", { slug }),
  ],
  pins: [at("/api/evaluations/{evaluation_id}/pins/")],
  /** Names that models are served by, and everything below them. */
  served: [
    at("/api/served/"),
    at("/api/served/{name}/stats/"),
    at("/api/served/{name}/moves/"),
    at("/api/served/{name}/candidates/"),
  ],
  checkpoints: [
    at("/api/checkpoints/"),
    at("/api/checkpoints/tags/"),
    at("/api/checkpoints/{checkpoint_id}/"),
    at("/api/checkpoints/{checkpoint_id}/dependants/"),
  ],
  exports: (checkpoint_id?: number) => [at("/api/checkpoints/{checkpoint_id}/formats/", { checkpoint_id })],
  exportFormats: [at("/api/checkpoints/{checkpoint_id}/formats/")],
  runImports: (slug: string) => [at("/api/datasets/{slug}/run-imports/", { slug })],
  runImport: (import_id: number) => [at("/api/run-imports/{import_id}/", { import_id })],
  weights: [at("/api/weights/"), at("/api/models/")],
  predictions: [at("/api/predictions/")],
  prediction: (prediction_id: number) => [
    at("/api/predictions/{prediction_id}/", { prediction_id }),
    at("/api/predictions/{prediction_id}/columns/", { prediction_id }),
  ],
  workers: [at("/api/workers/")],
  jobs: [at("/api/jobs/")],
  myWork: [at("/api/my-work/"), at("/api/verdicts/mine/")],
  mentions: [at("/api/mentions/"), at("/api/mentions/count/")],
  tokens: [at("/api/me/tokens/")],
} as const;

/** Asks again for all of these that a page shows. */
export function invalidate(
  client: QueryClient,
  ...groups: readonly (readonly QueryKey[])[]
): Promise<unknown> {
  return Promise.all(groups.flat().map((queryKey) => client.invalidateQueries({ queryKey })));
}
