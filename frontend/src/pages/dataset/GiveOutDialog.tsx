import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useGiveOut } from "@/api/agreement";
import type { BulkResult, Membership } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import { describeRefused } from "./givenOut";
import { MemberChecks } from "./MemberChecks";

type Props = {
  slug: string;
  opened: boolean;
  ids: readonly string[];
  nameOf: (id: string) => string | undefined;
  members: readonly Membership[];
  onClose: () => void;
  /** Closed after they were given out. */
  onDone: () => void;
};

/** Who draws the selected images once more, without seeing the first annotation; and what became of it. */
export function GiveOutDialog({ slug, opened, ids, nameOf, members, onClose, onDone }: Props) {
  const [people, setPeople] = useState<number[]>([]);
  const giveOut = useGiveOut(slug);
  const given = giveOut.data;
  const close = (): void => {
    setPeople([]);
    giveOut.reset();
    (given ? onDone : onClose)();
  };
  return (
    <Modal opened={opened} onClose={close} title={`Have ${plural(ids.length, "image")} drawn twice`}>
      {given ? (
        <Stack gap="md" role="status">
          {members.map(({ user }) => {
            const result = given.get(user.id);
            const name = user.display_name || user.username;
            return result && <Outcome key={user.id} {...{ name, result, nameOf }} />;
          })}
          <Text size="sm" c="dimmed">
            Who was given images finds them in My work. What they draw is compared on the page Agreement.
          </Text>
          <Group justify="flex-end">
            <Button data-autofocus onClick={close}>
              Close
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="md">
          <MemberChecks
            label="By"
            description="Each draws all of them, without seeing the first annotation. Only images that are done or accepted can be given, and not to who has drawn in them."
            members={members}
            value={people}
            onChange={setPeople}
          />
          {giveOut.isError && <ErrorNotice error={giveOut.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              disabled={people.length === 0}
              loading={giveOut.isPending}
              onClick={() => giveOut.mutate({ ids: [...ids], people })}
            >
              Have them drawn
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

type OutcomeProps = { name: string; result: BulkResult; nameOf: Props["nameOf"] };

function Outcome({ name, result, nameOf }: OutcomeProps) {
  const refused = describeRefused(result, nameOf);
  return (
    <div>
      <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
        {name}: {result.changed > 0 ? `${plural(result.changed, "image")} given` : "nothing given"}
      </Text>
      {refused.length > 0 && (
        <>
          <Text size="sm">Not given:</Text>
          {refused.map((sentence) => (
            <Text key={sentence} size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {sentence}
            </Text>
          ))}
        </>
      )}
    </div>
  );
}
