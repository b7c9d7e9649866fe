import { Button, type ButtonProps } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import { fetchNext, type Purpose } from "@/api/review";
import type { Dataset } from "@/api/types";
import { toast } from "@/lib/toast";

const NOTHING_LEFT: Record<Purpose, string> = {
  annotate:
    "Nothing is left for you here: every image is done, or is with somebody else. Click one to look at it.",
  review: "Nothing is left for you to review here: somebody else is at the rest.",
};

/** Of the classes page: where the person came from, and wants to go on to. */
export const TO_ANNOTATE = { isToAnnotate: true } as const;

/** Opens the image that this person is handed next, to draw in or to review. */
export function NextImageButton({
  slug,
  purpose,
  dataset,
  children,
  ...look
}: ButtonProps & {
  slug: string;
  purpose: Purpose;
  /** Where something is to be drawn: without a class to draw with, the button leads to the classes. */
  dataset?: Pick<Dataset, "classes">;
  children: ReactNode;
}) {
  const navigate = useNavigate();
  const [looking, setLooking] = useState(false);
  const open = async () => {
    if (dataset?.classes.every(({ is_retired }) => is_retired)) {
      return navigate(`/datasets/${slug}/classes`, { state: TO_ANNOTATE });
    }
    setLooking(true);
    try {
      const image = await fetchNext(slug, purpose);
      if (image)
        void navigate(`/datasets/${slug}/edit/${image.id}${purpose === "review" ? "?review=1" : ""}`);
      else toast({ message: NOTHING_LEFT[purpose] });
    } catch (error) {
      toast({ color: "red", message: asProblem(error).message });
    } finally {
      setLooking(false);
    }
  };
  return (
    <Button loading={looking} onClick={() => void open()} {...look}>
      {children}
    </Button>
  );
}
