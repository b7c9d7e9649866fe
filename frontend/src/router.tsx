import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Shell } from "./components/shell/Shell";
import { PageError } from "./components/PageError";
import { RequireSession } from "./components/shell/RequireSession";

type PageModule = { default: React.ComponentType };

/** A page in a chunk of its own, loaded when its address is opened. */
function lazy(load: () => Promise<PageModule>): Pick<RouteObject, "lazy"> {
  return { lazy: async () => ({ Component: (await load()).default }) };
}

// The editor is a room of its own; the glob keeps this file compiling before it has landed.
const editor = import.meta.glob<PageModule>("./pages/editor/EditorPage.tsx");
const editorRoutes: RouteObject[] = [
  ...Object.values(editor).map((load) => ({ path: "/datasets/:slug/edit/:imageId", ...lazy(load) })),
  { path: "/datasets/:slug/second/:id", ...lazy(() => import("./pages/editor/blind/BlindPage")) },
];

export const routes: RouteObject[] = [
  {
    errorElement: <PageError />,
    // The first page is a chunk of its own; until it is here there is nothing to show.
    HydrateFallback: () => null,
    children: [
      { path: "/sign-in", ...lazy(() => import("./pages/auth/SignInPage")) },
      {
        element: <RequireSession />,
        children: [
          ...editorRoutes,
          {
            element: <Shell />,
            children: [
              { index: true, element: <Navigate to="/datasets" replace /> },
              { path: "/datasets", ...lazy(() => import("./pages/datasets/DatasetsPage")) },
              {
                path: "/datasets/:slug",
                ...lazy(() => import("./pages/dataset/DatasetLayout")),
                children: [
                  { index: true, ...lazy(() => import("./pages/dataset/ImagesPage")) },
                  { path: "classes", ...lazy(() => import("./pages/dataset/ClassesPage")) },
                  { path: "insights", ...lazy(() => import("./pages/dataset/InsightsPage")) },
                  { path: "fixes", ...lazy(() => import("./pages/verdicts/FixesPage")) },
                  { path: "versions", ...lazy(() => import("./pages/dataset/VersionsPage")) },
                  { path: "versions/compare", ...lazy(() => import("./pages/dataset/DifferencesPage")) },
                  {
                    path: "versions/:number/synthetic",
                    ...lazy(() => import("./pages/dataset/synthetic/SyntheticPage")),
                  },
                  { path: "versions/:number", ...lazy(() => import("./pages/dataset/VersionCheckPage")) },
                  { path: "imports", ...lazy(() => import("./pages/dataset/ImportsPage")) },
                  { path: "imports/:id", ...lazy(() => import("./pages/dataset/ImportPage")) },
                  { path: "folder", ...lazy(() => import("./pages/dataset/FolderPage")) },
                  { path: "changes/:id", ...lazy(() => import("./pages/dataset/BulkChangePage")) },
                  { path: "split", ...lazy(() => import("./pages/dataset/SplitAgainPage")) },
                  { path: "export", ...lazy(() => import("./pages/dataset/ExportPage")) },
                  { path: "people", ...lazy(() => import("./pages/people/PeoplePage")) },
                  { path: "agreement", ...lazy(() => import("./pages/agreement/AgreementPage")) },
                  { path: "agreement/:id", ...lazy(() => import("./pages/agreement/ComparedPage")) },
                  { path: "members", ...lazy(() => import("./pages/dataset/MembersPage")) },
                  { path: "trash", ...lazy(() => import("./pages/dataset/TrashPage")) },
                  { path: "settings", ...lazy(() => import("./pages/dataset/SettingsPage")) },
                ],
              },
              { path: "/trash", ...lazy(() => import("./pages/datasets/TrashPage")) },
              { path: "/runs", ...lazy(() => import("./pages/runs/RunsPage")) },
              { path: "/runs/new", ...lazy(() => import("./pages/newrun/NewRunPage")) },
              { path: "/runs/search/:id", ...lazy(() => import("./pages/search/SearchPage")) },
              { path: "/runs/compare", ...lazy(() => import("./pages/runs/ComparePage")) },
              {
                path: "/runs/:id",
                ...lazy(() => import("./pages/run/RunLayout")),
                children: [
                  { index: true, ...lazy(() => import("./pages/run/RunHome")) },
                  { path: "training", ...lazy(() => import("./pages/run/LivePage")) },
                  { path: "results", ...lazy(() => import("./pages/results/ResultsPage")) },
                  { path: "predictions", ...lazy(() => import("./pages/review/PredictionsPage")) },
                  { path: "files", ...lazy(() => import("./pages/run/FilesPage")) },
                ],
              },
              { path: "/models/served", ...lazy(() => import("./pages/models/served/ServedPage")) },
              { path: "/models", ...lazy(() => import("./pages/models/ModelsPage")) },
              { path: "/predict", ...lazy(() => import("./pages/predict/PredictPage")) },
              { path: "/predict/:id", ...lazy(() => import("./pages/predict/PredictionPage")) },
              { path: "/workers", ...lazy(() => import("./pages/workers/WorkersPage")) },
              { path: "/my-work", ...lazy(() => import("./pages/mywork/MyWorkPage")) },
              { path: "*", ...lazy(() => import("./pages/NotFoundPage")) },
            ],
          },
        ],
      },
    ],
  },
];

export const router = createBrowserRouter(routes);
