import { type BulkChange, useBulkChange } from "@/api/images";
import { asProblem } from "@/api/problem";
import { useRestoreImages } from "@/api/trash";
import { offerUndo } from "@/components/offerUndo";
import { describeResult } from "@/lib/results";
import { toast } from "@/lib/toast";

/** Changes all selected images at once, and says what became of them. */
export function useBulkChanges(slug: string, ids: string[], onDone: () => void) {
  const bulk = useBulkChange(slug);
  const restore = useRestoreImages(slug);

  /** `done`: what the images are then, "marked done". */
  const apply = (change: BulkChange, done: string) =>
    bulk.mutate(
      { ids, change },
      {
        onSuccess: (result) => {
          toast({
            color: result.skipped.length > 0 ? "yellow" : undefined,
            message: describeResult(result, "image", done),
          });
          onDone();
        },
        onError: (error) => toast({ color: "red", message: asProblem(error).message }),
      },
    );

  /** Into the trash, from which the offered undo takes them back. */
  const deleteAll = (onDeleted: () => void) =>
    bulk.mutate(
      { ids, change: { action: "delete" } },
      {
        onSuccess: (result) => {
          const skipped = new Set(result.skipped.map(({ id }) => id));
          const deleted = ids.filter((id) => !skipped.has(id));
          const words = describeResult(result, "image", "put into the trash");
          if (deleted.length === 0) toast({ color: "yellow", message: words });
          else
            offerUndo(words, async () =>
              describeResult(await restore.mutateAsync(deleted), "image", "restored"),
            );
          onDeleted();
          onDone();
        },
      },
    );

  return { bulk, apply, deleteAll };
}
