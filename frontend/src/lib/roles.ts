import type { Role } from "@/api/types";

export const ROLE_WORDS: Record<Role, string> = {
  annotator: "Annotator",
  reviewer: "Reviewer",
  lead: "Team lead",
};

export const ROLE_DUTIES: Record<Role, string> = {
  annotator: "Draws and edits polygons, marks images done and takes images to work on.",
  reviewer:
    "Does what an annotator does, accepts images or sends them back, gives images to others, compares predictions with labels, and exports.",
  lead: "Does everything: classes, splits, members, import and export, trash, versions, runs.",
};

/** What the server lets a role do; pages hide the rest instead of letting people run into a refusal. */
export function may(role: Role | undefined, action: "manage" | "export" | "assign" | "review"): boolean {
  return role === "lead" || (action !== "manage" && role === "reviewer");
}
