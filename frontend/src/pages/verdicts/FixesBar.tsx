import { Button, Text } from "@mantine/core";
import type { Membership, Role, VerdictState } from "@/api/types";
import type { VerdictChange } from "@/api/verdicts";
import { plural } from "@/lib/format";
import { AssignMenu } from "../dataset/AssignMenu";
import classes from "./verdicts.module.css";

type Props = {
  count: number;
  state: VerdictState;
  role: Role;
  members: readonly Membership[];
  myId: number | undefined;
  /** `done`: what the fixes are then. */
  onChange: (values: VerdictChange, done: string) => void;
  onClear: () => void;
};

/** What can be done to the selected fixes. */
export function FixesBar({ count, state, role, members, myId, onChange, onClear }: Props) {
  return (
    <div className={classes.bar} role="toolbar" aria-label="Selected fixes">
      <Text size="sm" fw={600} className="tabular">
        {plural(count, "fix", "fixes")} selected
      </Text>
      <AssignMenu
        role={role}
        members={members}
        myId={myId}
        onAssign={(assignee, done) => onChange({ assignee }, done)}
      />
      {state === "open" ? (
        <>
          <Button size="xs" variant="default" onClick={() => onChange({ state: "fixed" }, "marked as fixed")}>
            Are fixed
          </Button>
          <Button size="xs" variant="default" onClick={() => onChange({ state: "dismissed" }, "dismissed")}>
            Are no errors
          </Button>
        </>
      ) : (
        <Button size="xs" variant="default" onClick={() => onChange({ state: "open" }, "opened again")}>
          Open again
        </Button>
      )}
      <Button size="xs" variant="subtle" color="gray" onClick={onClear}>
        Clear the selection
      </Button>
    </div>
  );
}
