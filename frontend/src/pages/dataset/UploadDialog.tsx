import { Modal, Tabs } from "@mantine/core";
import { FromComputer } from "./FromComputer";
import { FromServer } from "./FromServer";
import { FromUrl } from "./FromUrl";

/** Where images and sets come from. */
export function UploadDialog({
  slug,
  opened,
  onClose,
}: {
  slug: string;
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal opened={opened} onClose={onClose} title="Upload and import" size="lg">
      <Tabs defaultValue="computer" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="computer">This computer</Tabs.Tab>
          <Tabs.Tab value="server">The server</Tabs.Tab>
          <Tabs.Tab value="url">A URL</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="computer">
          <FromComputer slug={slug} onClose={onClose} />
        </Tabs.Panel>
        <Tabs.Panel value="server">
          <FromServer slug={slug} onClose={onClose} />
        </Tabs.Panel>
        <Tabs.Panel value="url">
          <FromUrl slug={slug} onClose={onClose} />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}
