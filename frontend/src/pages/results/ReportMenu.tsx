import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconFileDownload } from "@tabler/icons-react";

/** The run in one file, for people without an account. */
export function ReportMenu({ run }: { run: number }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          ml="auto"
          leftSection={<IconFileDownload size={15} />}
          rightSection={<IconChevronDown size={13} />}
          title="One file with all results, for people without an account"
        >
          Report
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={`/api/runs/${run}/report.pdf`} download>
          PDF, to print or send
        </Menu.Item>
        <Menu.Item component="a" href={`/api/runs/${run}/report.html`} download>
          HTML, one file for a browser
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
