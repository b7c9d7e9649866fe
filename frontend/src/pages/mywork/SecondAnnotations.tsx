import { Button, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { MyWork } from "@/api/types";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";

/** Images that the person is to draw without seeing the first annotation. */
export function SecondAnnotations({ rows }: { rows: MyWork["second_annotations"] }) {
  return (
    <Panel title="Second annotations" flush>
      <Table>
        <Table.Tbody>
          {rows.map(({ dataset, dataset_name: name, count, next }) => (
            <Table.Tr key={dataset}>
              <Table.Td maw={420}>
                <Text size="sm" truncate>
                  {name}
                </Text>
                <Text size="xs" c="dimmed">
                  Somebody drew these already: you draw them without seeing what is there.
                </Text>
              </Table.Td>
              <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
                {plural(count, "image")} left
              </Table.Td>
              <Table.Td w={100} ta="right">
                <Button
                  component={Link}
                  to={`/datasets/${dataset}/second/${next}`}
                  size="compact-sm"
                  variant="light"
                  aria-label={`Draw the second annotations of ${name}`}
                >
                  Draw
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
