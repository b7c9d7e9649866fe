import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useImportFromUrl } from "@/api/sources";
import { ErrorNotice } from "@/components/ErrorNotice";

/** An archive that the server downloads by itself: nobody has to keep a tab open. */
export function FromUrl({ slug, onClose }: { slug: string; onClose: () => void }) {
  const [url, setUrl] = useState("");
  const start = useImportFromUrl(slug);
  const navigate = useNavigate();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate(url.trim(), {
          onSuccess: (job) => {
            onClose();
            void navigate(`/datasets/${slug}/imports/${job.id}`);
          },
        });
      }}
    >
      <Stack gap="md">
        <TextInput
          label="Address of an archive"
          description="http or https, to a .zip, .tar, .tar.gz, .tar.zst or a video. The server downloads it; you can close this page."
          placeholder="https://example.org/set.zip"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          data-autofocus
        />
        {start.isError && <ErrorNotice error={start.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={start.isPending} disabled={!/^https?:\/\/\S+$/i.test(url.trim())}>
            Download and import
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
