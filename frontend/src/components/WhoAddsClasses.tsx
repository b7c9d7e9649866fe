import { useMembers } from "@/api/datasets";

/** For those who may not add classes: who may. */
export function WhoAddsClasses({ slug }: { slug: string }) {
  const members = useMembers(slug);
  const leads = (members.data ?? [])
    .filter(({ role }) => role === "lead")
    .map(({ user }) => user.display_name || user.username);
  return (
    <>{leads.length === 0 ? "A team lead adds classes." : `Team leads add classes: ${leads.join(", ")}.`}</>
  );
}
