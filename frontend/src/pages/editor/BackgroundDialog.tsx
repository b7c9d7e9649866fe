import { Button, Group, Modal, Text } from "@mantine/core";

type Props = {
  opened: boolean;
  /** The person draws alone: it is a second annotation. */
  isAlone: boolean;
  onClose: () => void;
  onDone: () => void;
};

/** An image without objects is done only after a question. */
export function BackgroundDialog({ opened, isAlone, onClose, onDone }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="No objects: a background image?">
      <Text size="sm" mb="lg">
        Done with no objects means that nothing of your classes is to be seen here.
        {!isAlone && " The model learns from it as background."}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Go on drawing
        </Button>
        <Button data-autofocus onClick={onDone}>
          Done as background
        </Button>
      </Group>
    </Modal>
  );
}
