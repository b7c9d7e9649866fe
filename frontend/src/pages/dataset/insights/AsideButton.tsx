import { Button } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { imageQuery, type ImageSelection } from "@/api/images";
import { asProblem } from "@/api/problem";
import { useSetAside } from "@/api/findings";
import type { ImageFindingKind } from "@/api/insightFilters";
import { plural } from "@/lib/format";
import { toast } from "@/lib/toast";

type Props = {
  slug: string;
  kind: ImageFindingKind;
  /** The findings shown were set aside: they can be brought back. */
  isAside: boolean;
  selection: ImageSelection;
  onDone: () => void;
};

/** Says of the selected images that a finding is fine, until they change. */
export function AsideButton({ slug, kind, isAside, selection, onDone }: Props) {
  const aside = useSetAside(slug);
  const ids = "ids" in selection ? selection.ids : isWholeFinding(selection) ? "all" : null;
  if (ids === null) return null;
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconCheck size={14} />}
      loading={aside.isPending}
      title={isAside ? "A finding again" : "It does not come back until the image changes."}
      onClick={() =>
        aside.mutate(
          { kind, isFine: !isAside, ids },
          {
            onSuccess: ({ changed }) => {
              toast({
                message: `${plural(changed, "image")} ${isAside ? "listed again" : "set aside as fine"}.`,
              });
              onDone();
            },
            onError: (error) => toast({ color: "red", message: asProblem(error).message }),
          },
        )
      }
    >
      {isAside ? "Not fine" : "This is fine"}
    </Button>
  );
}

/** Whether everything is selected that has the finding: nothing else is filtered by, nothing left out. */
function isWholeFinding(selection: Exclude<ImageSelection, { ids: string[] }>): boolean {
  const names = Object.entries(imageQuery(selection.filters)).filter(([, value]) => value !== undefined);
  return (
    selection.excluded.length === 0 && names.every(([name]) => name === "finding" || name === "set_aside")
  );
}
