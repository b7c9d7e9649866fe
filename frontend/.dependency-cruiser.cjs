/**
 * Which file may import which, types included: `npm run lint` fails on a circle and on an import against the order.
 * Tests may import anything but in a circle.
 */

/** The rooms of the canvas, lowest first, and those that each may import. What lies beside them puts them together. */
const CANVAS = {
  geometry: [],
  model: ["geometry"],
  document: ["geometry", "model"],
  assist: ["geometry"],
  scene: ["geometry", "model", "document"],
  stage: ["geometry", "model", "document", "assist", "scene"],
  render: ["geometry", "model", "assist", "scene", "stage"],
  operations: ["geometry", "model", "document", "scene", "stage"],
  tools: ["geometry", "model", "document", "assist", "scene", "stage", "operations"],
  input: ["geometry", "model", "scene", "stage", "operations"],
  editor: ["geometry", "model", "document", "assist", "scene", "stage", "operations", "input"],
};

const notIn = (path) => ({ path, pathNot: "[.]test[.]tsx?$|/testing[.]tsx?$" });

const canvas = Object.entries(CANVAS).map(([room, below]) => ({
  name: `canvas-${room}`,
  comment: `src/canvas/${room} imports only ${below.join(", ") || "itself"}.`,
  severity: "error",
  from: notIn(`^src/canvas/${room}/`),
  to: { path: "^src/canvas/", pathNot: `^src/canvas/(${[room, ...below].join("|")})/` },
}));

/** What each folder of the pages may never import. */
const UPWARDS = {
  lib: "components|pages",
  api: "components|pages",
  uploads: "components|pages",
  "review-data": "components|pages",
  "prediction-data": "components|pages",
  components: "pages",
};

const upwards = Object.entries(UPWARDS).map(([folder, above]) => ({
  name: `${folder}-upwards`,
  comment: `src/${folder} serves ${above.replace("|", " and ")}: move what both need down.`,
  severity: "error",
  from: notIn(`^src/${folder}/`),
  to: { path: `^src/(${above})/` },
}));

module.exports = {
  forbidden: [
    {
      name: "no-circle",
      comment: "Move what both need into a file below them, or hand it in.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "canvas-alone",
      comment: "The canvas knows no page, no server and no framework.",
      severity: "error",
      from: notIn("^src/canvas/"),
      to: {
        path: "^src/|^node_modules/",
        pathNot: "^src/canvas/|^node_modules/(@types/)?(rbush|clipper2-ts)/",
      },
    },
    ...canvas,
    ...upwards,
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
