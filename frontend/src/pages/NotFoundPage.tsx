import { Button, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

export default function NotFoundPage() {
  return (
    <Stack align="flex-start" p="xl" gap="sm" maw={560}>
      <Title order={1}>There is nothing at this address</Title>
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
