import { Button, Group, Modal, Text } from "@mantine/core";
import type { Done } from "./use-done";

type Props = Pick<Done, "asksBackground" | "answerBackground"> & {
  /** The annotation is what models are trained on. */
  isTrainedOn: boolean;
};

/** Asks whether an image without objects is meant to have none. */
export function BackgroundDialog({ asksBackground, answerBackground, isTrainedOn }: Props) {
  return (
    <Modal
      opened={asksBackground}
      onClose={() => answerBackground(false)}
      title="No objects: a background image?"
    >
      <Text size="sm" mb="lg">
        Done with no objects means that nothing of your classes is to be seen here.
        {isTrainedOn && " The model learns from it as background."}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => answerBackground(false)}>
          Go on drawing
        </Button>
        <Button data-autofocus onClick={() => answerBackground(true)}>
          Done as background
        </Button>
      </Group>
    </Modal>
  );
}
