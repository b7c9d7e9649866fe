import type { Command } from "./command";

export const TEAM_COMMANDS: readonly Command[] = [
  {
    id: "team.history",
    group: "Team",
    label: "History: who changed what, and what was deleted",
    keys: ["Y"],
    run: ({ page }) => page.toggleHistory(),
  },
  {
    id: "team.comments",
    group: "Team",
    label: "Comments on this image",
    keys: ["Shift+Y"],
    run: ({ page }) => page.toggleComments(),
  },
  {
    id: "team.comment",
    group: "Team",
    label: "Add a comment",
    keys: ["Shift+N"],
    run: ({ page }) => page.addComment(),
  },
  {
    id: "team.assign",
    group: "Team",
    label: "Who works on this image: take it, give it back, give it to somebody",
    keys: ["U"],
    run: ({ page }) => page.assign(),
  },
  {
    id: "team.send-back",
    group: "Team",
    label: "Reviewing: send the image back, with a comment",
    keys: ["Shift+D"],
    run: ({ page }) => page.sendBack(),
  },
];
