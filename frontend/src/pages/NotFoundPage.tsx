import { Button, Stack, Text, Title } from "@mantine/core";
import { useContext } from "react";
import { Link } from "react-router";
import { TitleLevel } from "@/components/Page";

export default function NotFoundPage() {
  const level = useContext(TitleLevel);
  return (
    <Stack align="flex-start" p="xl" gap="sm" maw={560}>
      <Title order={level}>There is nothing at this address</Title>
      <Text c="dimmed">
        It may have been deleted, the address may be mistyped, or you are not a member of the dataset that it
        belongs to.
      </Text>
      <Button component={Link} to="/datasets">
        Go to the datasets
      </Button>
    </Stack>
  );
}
