import { useChange } from "./change";
import { $api, api } from "./client";
import { keys } from "./keys";

/** Folders and archives on the server that may be imported; without a path the folders that are allowed. */
export const useServerFolder = (slug: string, path: string, enabled: boolean) =>
  $api.useQuery(
    "get",
    "/api/datasets/{slug}/server-folders/",
    { params: { path: { slug }, query: path ? { path } : {} } },
    { enabled, placeholderData: (previous) => previous },
  );

export const useImportFromFolder = (slug: string) =>
  useChange(
    (path: string) =>
      api.POST("/api/datasets/{slug}/imports/from-folder/", { params: { path: { slug } }, body: { path } }),
    [keys.imports(slug), keys.jobs],
  );

export const useImportFromUrl = (slug: string) =>
  useChange(
    (url: string) =>
      api.POST("/api/datasets/{slug}/imports/from-url/", { params: { path: { slug } }, body: { url } }),
    [keys.imports(slug), keys.jobs],
  );
