import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { READ_KINDS } from "@/lib/image-kinds";
import { uploadFiles } from "@/uploads/uploads";

export function UploadDialog({
  slug,
  opened,
  onClose,
}: {
  slug: string;
  opened: boolean;
  onClose: () => void;
}) {
  const [split, setSplit] = useState("train");
  return (
    <Modal opened={opened} onClose={onClose} title="Upload images" size="lg">
      <Stack gap="md">
        <div>
          <Text size="sm" fw={500} mb={6}>
            Images go to the split
          </Text>
          <SegmentedControl
            value={split}
            onChange={setSplit}
            data={[
              { value: "train", label: "Train" },
              { value: "val", label: "Val" },
              { value: "test", label: "Test" },
            ]}
          />
        </div>
        <Dropzone
          inputProps={{ "aria-label": "Images, a folder or a .zip" }}
          onDrop={(files) => {
            uploadFiles(slug, files, split);
            onClose();
          }}
          aria-label="Drop images, a folder or a .zip here, or press Enter to choose files"
        >
          <Stack align="center" gap={6} py="xl" ta="center">
            <IconUpload size={28} stroke={1.4} aria-hidden="true" />
            <Text fw={550}>Drop images, a folder or a .zip here, or click to choose</Text>
            <Text size="sm" c="dimmed" maw={440}>
              Images: {READ_KINDS}. A .zip with images and YOLO labels (images/train + labels/train, or
              train/images + train/labels, with data.yaml) is imported with its polygons, classes and splits.
            </Text>
          </Stack>
        </Dropzone>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
