import { Anchor, Button, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useReadMentions } from "@/api/mentions";
import type { List } from "@/api/paging";
import type { Mention } from "@/api/types";
import { Ago } from "@/components/Ago";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";

/** Comments that call on the person: read once the image was opened, or when they say so. */
export function Mentions({ list }: { list: List<Mention> }) {
  return (
    <Panel title="Mentioned you" flush>
      <Table layout="fixed">
        <Table.Tbody>
          {list.items.map((mention) => (
            <MentionRow key={mention.id} mention={mention} />
          ))}
        </Table.Tbody>
      </Table>
      <LoadMore list={list} />
    </Panel>
  );
}

function MentionRow({ mention }: { mention: Mention }) {
  const read = useReadMentions();
  const { author, comment, text, image, file_name: fileName, dataset, dataset_name: name } = mention;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          component={Link}
          to={`/datasets/${dataset}/edit/${image}?comment=${comment}`}
          size="sm"
          lineClamp={2}
        >
          {text}
        </Anchor>
        <Text size="xs" c="dimmed" truncate>
          {author ? author.display_name || author.username : "Somebody"}, <Ago time={mention.created_at} />,{" "}
          {fileName} in {name}
        </Text>
      </Table.Td>
      <Table.Td w={120} ta="right">
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          loading={read.isPending}
          aria-label={`Mark read: ${text}`}
          onClick={() => read.mutate(image)}
        >
          Mark read
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
