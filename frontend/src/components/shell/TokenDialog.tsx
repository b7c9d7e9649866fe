import { Button, Code, CopyButton, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { ErrorNotice } from "../ErrorNotice";

export function TokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const token = useQuery({
    queryKey: keys.token,
    queryFn: () => unwrap(api.GET("/api/me/token/")),
    enabled: opened,
  });
  const replace = useMutation({
    mutationFn: () => unwrap(api.POST("/api/me/token/")),
    onSuccess: (fresh) => client.setQueryData(keys.token, fresh),
  });
  const key = token.data?.key;
  return (
    <Modal opened={opened} onClose={onClose} title="Token for scripts" size="lg">
      <Stack gap="md">
        <Text size="sm">
          A script that sends this token may do all that you may do. Send it as a header; keep it out of
          shared files.
        </Text>
        {token.isPending && <Skeleton height={38} />}
        {token.isError && <ErrorNotice error={token.error} onRetry={() => void token.refetch()} />}
        {replace.isError && <ErrorNotice error={replace.error} />}
        {key && (
          <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
            {`curl -H "Authorization: Token ${key}" ${window.location.origin}/api/datasets/`}
          </Code>
        )}
        {token.isSuccess && !key && (
          <Text size="sm" c="dimmed">
            You have no token yet.
          </Text>
        )}
        <Group justify="flex-end">
          {key && (
            <CopyButton value={key}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? "Copied" : "Copy the token"}
                </Button>
              )}
            </CopyButton>
          )}
          <Button loading={replace.isPending} disabled={token.isPending} onClick={() => replace.mutate()}>
            {key ? "Replace it (the old one stops working)" : "Create a token"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
