import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import { ANA, BEN, stubApi } from "@/pages/editor/testing";
import { MentionField } from "./MentionField";

afterEach(() => vi.unstubAllGlobals());

function Field({ onKey }: { onKey: (key: string) => void }) {
  const [text, setText] = useState("");
  return (
    <MentionField
      dataset="cats"
      aria-label="Comment"
      value={text}
      onText={setText}
      onKeyDown={({ key }) => onKey(key)}
    />
  );
}

it("offers the members behind an @, by keyboard, and leaves the other keys to the form", async () => {
  stubApi({
    "GET /api/datasets/cats/members/": () => [
      { id: 1, user: ANA, role: "lead" },
      { id: 2, user: BEN, role: "annotator" },
    ],
    "GET /api/session/": () => ({ user: { ...ANA, id: 9 }, version: "1", trash_days: 30 }),
  });
  const person = userEvent.setup();
  const onKey = vi.fn();
  renderApp(<Field onKey={onKey} />);
  const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Comment" });

  await person.type(field, "Ask @");
  expect(await screen.findAllByRole("option")).toHaveLength(2);
  await person.keyboard("{ArrowDown}{Enter}");
  await waitFor(() => expect(field.value).toBe("Ask @ben "));
  expect(screen.queryByRole("option")).toBeNull();
  expect(onKey).not.toHaveBeenCalledWith("Enter");

  await person.type(field, "and @ort");
  await screen.findByRole("option", { name: /@ana/ });
  await person.keyboard("{Escape}");
  expect(screen.queryByRole("option")).toBeNull();
  expect(onKey).not.toHaveBeenCalledWith("Escape");
  await person.keyboard("{Enter}{Escape}");
  expect(onKey).toHaveBeenCalledWith("Escape");
  expect(field.value).toBe("Ask @ben and @ort\n");
});
