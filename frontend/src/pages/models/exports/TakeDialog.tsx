import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { Certificate, Export } from "@/api/types";
import { GradeBadge } from "./GradeBadge";

/** Asks before an export leaves whose certificate is red, or whose evaluation failed. */
export function TakeDialog({
  item,
  certificate,
  onClose,
}: {
  item: Export;
  certificate: Certificate;
  onClose: () => void;
}) {
  return (
    <Modal opened onClose={onClose} title={`Download ${item.name}?`}>
      <Stack gap="md">
        <Group>
          <GradeBadge grade={certificate.grade} />
        </Group>
        <Text size="sm">{certificate.sentence}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it here
          </Button>
          <Button
            component="a"
            href={`${item.url}?anyway=1`}
            download
            color="red"
            leftSection={<IconDownload size={16} />}
            onClick={onClose}
          >
            Download it anyway
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
