import { Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api } from "@/api/client";
import { invalidate, keys } from "@/api/keys";
import type { NewToken } from "@/api/types";
import { ErrorNotice } from "../ErrorNotice";
import { NewTokenForm } from "./NewTokenForm";
import { NewTokenKey } from "./NewTokenKey";
import { TokenList } from "./TokenList";

/** One's tokens for scripts: list, create, delete. */
export function TokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<NewToken | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    // A key that was not copied is lost: a stray click beside the dialog does not close it.
    <Modal opened={opened} onClose={close} title="Tokens for scripts" size="lg" closeOnClickOutside={!made}>
      <Tokens made={made} onMade={setMade} />
    </Modal>
  );
}

function Tokens({ made, onMade }: { made: NewToken | null; onMade: (made: NewToken | null) => void }) {
  const client = useQueryClient();
  const tokens = $api.useQuery("get", "/api/me/tokens/");
  const refresh = () => void invalidate(client, keys.tokens);
  return (
    <Stack gap="lg">
      <Text size="sm">
        A script that sends a token may do what you may do, until the token ends. Changing your password ends
        all of them.
      </Text>
      {made ? (
        <NewTokenKey made={made} onDone={() => onMade(null)} />
      ) : (
        <NewTokenForm
          onMade={(fresh) => {
            onMade(fresh);
            refresh();
          }}
        />
      )}
      {tokens.isPending && <Skeleton height={72} />}
      {tokens.isError && <ErrorNotice error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.isSuccess && (
        <TokenList
          tokens={tokens.data}
          onDeleted={(id) => {
            if (made?.token.id === id) onMade(null);
            refresh();
          }}
        />
      )}
    </Stack>
  );
}
