import { type BulkChange, type ImageSelection, useBulkChange } from "@/api/images";
import { asProblem } from "@/api/problem";
import { useRestoreImages } from "@/api/trash";
import { offerUndo } from "@/components/offerUndo";
import { describeResult } from "@/lib/results";
import { toast } from "@/lib/toast";

/** Changes all selected images at once, and says what became of them. */
export function useBulkChanges(slug: string, selection: ImageSelection, onDone: () => void) {
  const bulk = useBulkChange(slug);
  const restore = useRestoreImages(slug);

  /** `done`: what the images are then, "marked done". */
  const apply = (change: BulkChange, done: string) =>
    bulk.mutate(
      { ...selection, change },
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
      { ...selection, change: { action: "delete" } },
      {
        onSuccess: (result) => {
          const skipped = new Set(result.skipped.map(({ id }) => id));
          const ids = "ids" in selection ? selection.ids : [];
          const deleted = result.job ? [] : ids.filter((id) => !skipped.has(id));
          const words = describeResult(result, "image", "put into the trash");
          if (result.job) toast({ message: words });
          else if (deleted.length === 0) toast({ color: "yellow", message: words });
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
