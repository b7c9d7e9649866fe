import { fileURLToPath } from "node:url";

const here = (path: string): string =>
  fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here("."),
  base: "./",
  resolve: { alias: { "@": here("../../frontend/src") } },
};
