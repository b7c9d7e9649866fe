import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { offerUndo } from "@/components/offerUndo";
import { renderApp } from "@/test/render";
import { square } from "../sync/testing";
import { ANA, BEN, openImage, type Sent, stubApi } from "../testing";
import type { Team } from "../use-team";
import type { Walk } from "../use-walk";
import { ReviewActions } from "./ReviewActions";
import { describeReview } from "./ReviewNote";
import { type Review, useReview } from "./use-review";
import { isReviewAddress, writeReview } from "./address";

vi.mock("@/components/offerUndo", () => ({ offerUndo: vi.fn(() => "offer") }));

describe("what is said of a review", () => {
  const quiet = { finished_by: BEN, sent_back: null, resolved_since: 0 };
  const back = {
    finished_by: BEN,
    sent_back: { by: ANA, at: "", revision: 3, reasons: [] },
    resolved_since: 2,
  };
  it.each([
    [quiet, "done", true, 0, "Done by ben"],
    [quiet, "done", true, 1, "Done by ben: 1 open comment"],
    [quiet, "done", false, 0, ""],
    [quiet, "accepted", true, 0, "Accepted. Done by ben"],
    [{ ...quiet, finished_by: null }, "accepted", true, 1, "Accepted. Done: 1 open comment"],
    [quiet, "in_progress", true, 0, "Not done yet: it can be reviewed once it is"],
    [back, "sent_back", false, 2, "Sent back by you: 2 open comments"],
    [back, "sent_back", true, 0, "Sent back by you: every comment is resolved"],
    [back, "done", true, 1, "Done by ben. Sent back by you before: 2 comments resolved, 1 open comment"],
  ] as const)("%o %s", (state, status, isReview, openComments, words) => {
    expect(describeReview(state, { status, user: ANA.id, isReview, openComments })).toBe(words);
  });
});

it("stands in the address beside the filters", () => {
  expect(writeReview("split=val")).toBe("split=val&review=1");
  expect(writeReview("split=val&review=1", false)).toBe("split=val");
  expect(isReviewAddress(new URLSearchParams("review=1"))).toBe(true);
});

describe("reviewing", () => {
  let sent: Sent[];
  let refusal: Response | null;
  let review: Review;
  const open = vi.fn();
  const addComment = vi.fn();

  beforeEach(() => {
    vi.clearAllMocks();
    refusal = null;
    sent = stubApi({
      "POST /api/images/img/review/": (body) =>
        refusal ?? {
          image: "img",
          revision: 9,
          status: (body as { verdict: string }).verdict,
          instance_count: 1,
        },
    });
  });

  function show({ openCount = 0, hasDraft = false } = {}) {
    const opened = openImage();
    const team = {
      commenting: { isPlacing: false, draft: hasDraft ? { place: {}, text: "" } : null, openCount },
      actions: { addComment },
    } as unknown as Team;
    const walk = { findNext: async () => "next", neighbour: null, open } as unknown as Walk;
    const Harness = () => {
      review = useReview({ isOn: true, slug: "cats", editing: opened.editing, team, walk });
      return <ReviewActions review={review} canJudge />;
    };
    renderApp(<Harness />);
    return opened;
  }

  const verdicts = () =>
    sent
      .filter(({ path }) => path.endsWith("/review/"))
      .map(({ body }) => (body as { verdict: string }).verdict);

  it("accepts what is saved, opens the next, and takes the verdict back", async () => {
    const { editing, server } = show();
    editing.editor.edits.apply("Draw", () => ({ instances: [square("a"), square("b")] }));
    await userEvent.click(screen.getByRole("button", { name: "Accept, next" }));
    await waitFor(() => expect(open).toHaveBeenCalledWith("next"));
    expect(server.document.instances).toHaveLength(2);
    expect(verdicts()).toEqual(["accepted"]);
    const [words, undo] = vi.mocked(offerUndo).mock.lastCall ?? [];
    expect(words).toContain("accepted.");
    expect(await undo?.()).toContain("waits for a review");
    expect(verdicts()).toEqual(["accepted", "done"]);
  });

  it("stays where somebody changed the image meanwhile, and says so", async () => {
    const { editing } = show();
    refusal = Response.json({ detail: "It was changed.", code: "stale_revision" }, { status: 412 });
    const said = vi.fn();
    editing.editor.on("message", said);
    await userEvent.click(screen.getByRole("button", { name: "Accept, next" }));
    await waitFor(() => expect(said).toHaveBeenCalledWith(expect.stringContaining("Look at it again")));
    expect(open).not.toHaveBeenCalled();
  });

  it("asks what is wrong before it sends back: a reason, or a comment at the place", async () => {
    show();
    await userEvent.click(screen.getByRole("button", { name: "Send back" }));
    expect(await screen.findByRole("button", { name: "Send it back" })).toHaveProperty("disabled", true);
    expect(verdicts()).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: /Pin a comment/ }));
    expect(addComment).toHaveBeenCalledOnce();
    expect(verdicts()).toEqual([]);
  });

  it("sends back with the reasons that were ticked", async () => {
    show();
    await userEvent.click(screen.getByRole("button", { name: "Send back" }));
    await userEvent.click(await screen.findByRole("checkbox", { name: "Loose outline" }));
    await userEvent.click(screen.getByRole("checkbox", { name: "Objects missing" }));
    await userEvent.click(screen.getByRole("button", { name: "Send it back" }));
    await waitFor(() => expect(verdicts()).toEqual(["sent_back"]));
    expect(sent.at(-1)?.body).toEqual({ verdict: "sent_back", reasons: ["missing", "loose"] });
  });

  it("sends back with the comments that are open, or with the one that is being written", async () => {
    show({ openCount: 1 });
    await userEvent.click(screen.getByRole("button", { name: "Send back" }));
    await userEvent.click(await screen.findByRole("button", { name: "Send it back" }));
    await waitFor(() => expect(verdicts()).toEqual(["sent_back"]));
  });

  it("sends back once the comment that it asked for is stored", async () => {
    show({ hasDraft: true });
    review.commented();
    expect(verdicts()).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Send back" }));
    expect(review.isSendingBack).toBe(true);
    review.commented();
    await waitFor(() => expect(verdicts()).toEqual(["sent_back"]));
  });
});
