import { Button, type ButtonProps } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import { fetchNext, type Purpose } from "@/api/review";
import { toast } from "@/lib/toast";

const NOTHING_LEFT: Record<Purpose, string> = {
  annotate:
    "Nothing is left for you here: every image is done, or is with somebody else. Click one to look at it.",
  review: "Nothing is left for you to review here: somebody else is at the rest.",
};

/** Opens the image that this person is handed next, to draw in or to review. */
export function NextImageButton({
  slug,
  purpose,
  children,
  ...look
}: ButtonProps & { slug: string; purpose: Purpose; children: ReactNode }) {
  const navigate = useNavigate();
  const [looking, setLooking] = useState(false);
  const open = async () => {
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
