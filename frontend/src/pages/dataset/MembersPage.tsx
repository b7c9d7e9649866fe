import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  Tooltip,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUserMinus } from "@tabler/icons-react";
import { useState } from "react";
import { useAddMember, useMembers, useRemoveMember, useUpdateMember, useUsers } from "@/api/datasets";
import { useSession } from "@/api/session";
import type { Membership, Role } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { may, ROLE_DUTIES, ROLE_WORDS } from "@/lib/roles";
import { useCurrentDataset } from "./DatasetLayout";

const ROLES: Role[] = ["annotator", "reviewer", "lead"];
const ROLE_CHOICES = ROLES.map((value) => ({ value, label: ROLE_WORDS[value] }));
const asRole = (value: string | null): Role => ROLES.find((role) => role === value) ?? "annotator";

export default function MembersPage() {
  const { slug, name, role } = useCurrentDataset();
  const members = useMembers(slug);
  const update = useUpdateMember(slug);
  const remove = useRemoveMember(slug);
  const { data: session } = useSession();
  const [leaving, setLeaving] = useState<Membership | null>(null);
  const mayManage = may(role, "manage");
  const leads = members.data?.filter((member) => member.role === "lead").length ?? 0;
  const close = () => {
    setLeaving(null);
    remove.reset();
  };
  return (
    <Page narrow title="Members" lead="Only members see this dataset. For everybody else it does not exist.">
      <Stack gap="lg">
        {mayManage && <AddMember slug={slug} />}
        {members.isError && <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />}
        {update.isError && <ErrorNotice error={update.error} />}
        {members.isPending && <Skeleton height={160} />}
        {members.data && (
          <Panel flush>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Person</Table.Th>
                  <Table.Th w={180}>Role</Table.Th>
                  <Table.Th w={56}>
                    <span className="visually-hidden">Actions</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {members.data.map((member) => {
                  const { user } = member;
                  const onlyLead = member.role === "lead" && leads === 1;
                  return (
                    <Table.Tr key={member.id}>
                      <Table.Td>
                        <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
                          {user.display_name || user.username}
                          {session?.user?.id === user.id && (
                            <Text span size="sm" c="dimmed">
                              {" "}
                              (you)
                            </Text>
                          )}
                        </Text>
                        {user.display_name && user.display_name !== user.username && (
                          <Text size="xs" c="dimmed">
                            {user.username}
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td>
                        {mayManage ? (
                          <Select
                            size="xs"
                            allowDeselect={false}
                            aria-label={`Role of ${user.username}`}
                            value={member.role}
                            data={ROLE_CHOICES}
                            disabled={onlyLead || update.isPending}
                            onChange={(value) => update.mutate({ id: member.id, role: asRole(value) })}
                          />
                        ) : (
                          ROLE_WORDS[member.role]
                        )}
                      </Table.Td>
                      <Table.Td>
                        {mayManage && (
                          <Tooltip label={onlyLead ? "A dataset keeps at least one team lead" : "Remove"}>
                            <ActionIcon
                              variant="subtle"
                              color="gray"
                              aria-label={`Remove ${user.username}`}
                              disabled={onlyLead}
                              onClick={() => setLeaving(member)}
                            >
                              <IconUserMinus size={16} />
                            </ActionIcon>
                          </Tooltip>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          </Panel>
        )}
        <Panel title="What the roles may do">
          <Stack gap={6} component="dl" m={0}>
            {ROLES.map((value) => (
              <Group key={value} gap="sm" align="baseline" wrap="nowrap">
                <Text component="dt" size="sm" fw={600} w={96} style={{ flex: "none" }}>
                  {ROLE_WORDS[value]}
                </Text>
                <Text component="dd" size="sm" m={0}>
                  {ROLE_DUTIES[value]}
                </Text>
              </Group>
            ))}
          </Stack>
        </Panel>
      </Stack>
      {leaving && (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Remove ${leaving.user.display_name || leaving.user.username}`}
          consequences={[
            `They no longer see “${name}”, its runs and its checkpoints.`,
            "What they have drawn stays, with their name in the history.",
          ]}
          confirmLabel="Remove"
          onConfirm={() => remove.mutate(leaving.id, { onSuccess: close })}
          pending={remove.isPending}
          error={remove.error}
        />
      )}
    </Page>
  );
}

function AddMember({ slug }: { slug: string }) {
  const [username, setUsername] = useState("");
  const [role, setRole] = useState<Role>("annotator");
  const [search] = useDebouncedValue(username, 200);
  const users = useUsers(search);
  const add = useAddMember(slug);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (username.trim())
          add.mutate({ username: username.trim(), role }, { onSuccess: () => setUsername("") });
      }}
    >
      <Group align="flex-end" gap="xs">
        <Autocomplete
          flex="1 1 220px"
          label="Add a person"
          placeholder="User name"
          value={username}
          onChange={setUsername}
          data={users.data?.map((user) => user.username) ?? []}
          filter={({ options }) => options}
        />
        <Select
          w={150}
          label="Role"
          allowDeselect={false}
          value={role}
          onChange={(value) => setRole(asRole(value))}
          data={ROLE_CHOICES}
        />
        <Button type="submit" loading={add.isPending} disabled={!username.trim()}>
          Add
        </Button>
      </Group>
      {add.isError && (
        <div style={{ marginTop: 12 }}>
          <ErrorNotice error={add.error} />
        </div>
      )}
    </form>
  );
}
