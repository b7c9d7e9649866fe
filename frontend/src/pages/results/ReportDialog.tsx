import { Button, FileInput, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useReport } from "@/api/reports";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatThreshold } from "@/lib/figures";

const FORMATS = [
  { value: "pdf", label: "PDF to print or send" },
  { value: "html", label: "HTML for a browser" },
];

/** What the report is for and whose it is; its figures are those at the page's confidence. */
export function ReportDialog({
  run,
  confidence,
  onClose,
}: {
  run: number;
  confidence: number;
  onClose: () => void;
}) {
  const report = useReport(run);
  const [format, setFormat] = useState<"pdf" | "html">("pdf");
  const [purpose, setPurpose] = useState("");
  const [author, setAuthor] = useState("");
  const [logo, setLogo] = useState<File | null>(null);
  return (
    <Modal opened onClose={onClose} title="Report of this run" size="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          report.mutate({ format, confidence, purpose, author, logo }, { onSuccess: onClose });
        }}
      >
        <Stack gap="sm">
          <SegmentedControl
            fullWidth
            aria-label="Format"
            value={format}
            onChange={(value) => setFormat(value === "html" ? "html" : "pdf")}
            data={FORMATS}
          />
          <TextInput
            label="Purpose"
            description="It follows the dataset's name in the title."
            placeholder="evaluation of a segmentation model"
            maxLength={160}
            value={purpose}
            onChange={(event) => setPurpose(event.currentTarget.value)}
          />
          <TextInput
            label="Author"
            placeholder="Name, organisation"
            maxLength={160}
            value={author}
            onChange={(event) => setAuthor(event.currentTarget.value)}
          />
          <FileInput
            label="Logo"
            description="A PNG or JPEG of 2 MB at most. It is put into this report and not stored."
            placeholder="None"
            accept="image/png,image/jpeg"
            clearable
            value={logo}
            onChange={setLogo}
          />
          <Text size="xs" c="dimmed">
            Everything in it is counted at confidence {formatThreshold(confidence)}, as on this page, on masks
            at IoU 0.500.
          </Text>
          {report.isError && <ErrorNotice error={report.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={report.isPending}>
              Download
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
