import { Badge, Group } from "@mantine/core";
import { PRODUCTION } from "./words";

/** The tags of a checkpoint; "production" stands out. */
export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return null;
  return (
    <Group gap={4}>
      {tags.map((tag) => (
        <Badge
          key={tag}
          variant={tag === PRODUCTION ? "filled" : "default"}
          size="sm"
          tt="none"
          fw={550}
          maw={140}
        >
          {tag}
        </Badge>
      ))}
    </Group>
  );
}
