import { Button, FileButton, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFolder, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { READ_KINDS } from "@/lib/image-kinds";
import { FOLDERS } from "@/uploads/sort";
import { uploadFiles } from "@/uploads/uploads";

/** Images one by one; archives and folders with labels as sets, which go on after a break. */
export function FromComputer({ slug, onClose }: { slug: string; onClose: () => void }) {
  const [split, setSplit] = useState("train");
  const send = (files: readonly File[]) => {
    if (files.length === 0) return;
    uploadFiles(slug, files, split);
    onClose();
  };
  return (
    <Stack gap="md">
      <Dropzone
        inputProps={{ "aria-label": "Images, videos, a folder or an archive" }}
        onDrop={send}
        aria-label="Drop images, videos, a folder or an archive here, or press Enter to choose files"
      >
        <Stack align="center" gap={6} py="xl" ta="center">
          <IconUpload size={28} stroke={1.4} aria-hidden="true" />
          <Text fw={550}>Drop images, videos, a folder or an archive here, or click to choose</Text>
          <Text size="sm" c="dimmed" maw={460}>
            Images: {READ_KINDS}. A folder with labels, or an archive (.zip, .tar, .tar.gz, .tar.zst), is
            imported with its polygons, classes and splits. Of a video (.mp4, .mov, .mkv, .webm and others)
            you choose which frames become images. Each goes on where it stopped after a lost connection.
          </Text>
        </Stack>
      </Dropzone>
      <Group justify="space-between" align="flex-end" gap="md">
        <div>
          <Text size="sm" fw={500} mb={6}>
            Images without labels go to the split
          </Text>
          <SegmentedControl
            aria-label="Split of images without labels"
            value={split}
            onChange={setSplit}
            data={[
              { value: "train", label: "Train" },
              { value: "val", label: "Val" },
              { value: "test", label: "Test" },
            ]}
          />
        </div>
        <Group gap="sm">
          <FileButton multiple inputProps={FOLDERS} onChange={send}>
            {(props) => (
              <Button variant="default" leftSection={<IconFolder size={16} />} {...props}>
                Choose a folder
              </Button>
            )}
          </FileButton>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}
