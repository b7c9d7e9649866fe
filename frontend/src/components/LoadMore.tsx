import { Button, Center } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { useEffect } from "react";
import type { List } from "@/api/paging";

type Props = { list: Pick<List<unknown>, "hasNextPage" | "isFetchingNextPage" | "loadMore"> };

/** Fetches the next page of a list when its end comes into view; a button for those who walk by keyboard. */
export function LoadMore({ list }: Props) {
  const { ref, entry } = useIntersection({ rootMargin: "600px" });
  const { hasNextPage, isFetchingNextPage, loadMore } = list;
  const visible = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (visible) loadMore();
  }, [visible, loadMore]);
  if (!hasNextPage) return null;
  return (
    <Center ref={ref} py="md">
      <Button variant="subtle" size="xs" loading={isFetchingNextPage} onClick={loadMore}>
        Show more
      </Button>
    </Center>
  );
}
