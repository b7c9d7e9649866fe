import { Badge, Button, Divider, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Token } from "@/api/types";
import { formatDay } from "@/lib/format";
import { Ago } from "../Ago";
import { ErrorNotice } from "../ErrorNotice";

type Props = { tokens: readonly Token[]; onDeleted: (id: string) => void };

export function TokenList({ tokens, onDeleted }: Props) {
  if (tokens.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        You have no tokens.
      </Text>
    );
  }
  return (
    <Stack gap="sm" component="ul" aria-label="Your tokens" m={0} p={0} style={{ listStyle: "none" }}>
      {tokens.map((token) => (
        <Fragment key={token.id}>
          <Divider component="li" aria-hidden />
          <TokenRow token={token} onDeleted={onDeleted} />
        </Fragment>
      ))}
    </Stack>
  );
}

/** A token; deleting asks once more in its place, as what uses it stops working. */
function TokenRow({ token, onDeleted }: { token: Token; onDeleted: (id: string) => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/api/me/tokens/{token_id}/", { params: { path: { token_id: token.id } } })),
    onSuccess: () => onDeleted(token.id),
  });
  return (
    <Stack component="li" gap={6}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={2} style={{ minWidth: 0 }}>
          <Group gap="xs">
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {token.name}
            </Text>
            {token.is_expired && (
              <Badge size="sm" color="gray" variant="light">
                Ended
              </Badge>
            )}
          </Group>
          <Text size="xs" c="dimmed">
            Created {formatDay(token.created_at)} · {token.is_expired ? "ended" : "ends"}{" "}
            {formatDay(token.expires_at)} ·{" "}
            {token.last_used_at ? (
              <>
                last used <Ago time={token.last_used_at} />
              </>
            ) : (
              "never used"
            )}
          </Text>
        </Stack>
        {!asking && (
          <Button
            size="sm"
            variant="subtle"
            color="red"
            style={{ flexShrink: 0 }}
            aria-label={`Delete the token ${token.name}`}
            onClick={() => setAsking(true)}
          >
            Delete
          </Button>
        )}
      </Group>
      {asking && (
        <Group gap="xs" justify="flex-end">
          <Text size="sm" style={{ flex: "1 1 100%" }}>
            What uses it will be refused.
          </Text>
          <Button size="sm" variant="default" onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button size="sm" color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Delete for good
          </Button>
        </Group>
      )}
      {remove.isError && <ErrorNotice error={remove.error} />}
    </Stack>
  );
}
