import { Anchor, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useServedMoves } from "@/api/served";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { targetAddress } from "./words";

/** What a name pointed at, the newest first. */
export function MoveHistory({ name }: { name: string }) {
  const moves = useServedMoves(name);
  return (
    <Panel title="History" flush>
      {moves.isError && <ErrorNotice error={moves.error} onRetry={() => void moves.refetch()} />}
      <Table verticalSpacing="xs">
        <Table.Tbody>
          {moves.items.map((move) => {
            const address = targetAddress(move.model);
            return (
              <Table.Tr key={move.id}>
                <Table.Td>
                  {address ? (
                    <Anchor component={Link} to={address} size="sm">
                      {move.model.name}
                    </Anchor>
                  ) : (
                    <Text size="sm">{move.model.name}</Text>
                  )}
                  <Text size="xs" c="dimmed" ff="monospace" title={move.model.sha256}>
                    {move.model.reference} · {move.model.sha256.slice(0, 12)}
                  </Text>
                </Table.Td>
                <Table.Td ta="right" c="dimmed" fz="sm">
                  {move.moved_by?.display_name} <Ago time={move.moved_at} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      <LoadMore list={moves} />
    </Panel>
  );
}
