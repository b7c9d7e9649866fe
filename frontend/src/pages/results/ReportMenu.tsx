import { Button } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { useState } from "react";
import { ReportDialog } from "./ReportDialog";

/** The run in one file, for people without an account. */
export function ReportMenu({ run, confidence }: { run: number; confidence: number }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        ml="auto"
        leftSection={<IconFileDownload size={15} />}
        title="One file with all results, for people without an account"
        onClick={() => setOpen(true)}
      >
        Report
      </Button>
      {isOpen && <ReportDialog run={run} confidence={confidence} onClose={() => setOpen(false)} />}
    </>
  );
}
