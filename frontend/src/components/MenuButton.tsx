import { Button, type ButtonProps, Menu, type MenuProps } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Props = Pick<ButtonProps, "loading" | "disabled"> &
  Pick<MenuProps, "width"> & { label: string; children: ReactNode };

/** A button of a toolbar that opens a menu; its children are the items. */
export function MenuButton({ label, width, children, ...button }: Props) {
  return (
    <Menu width={width}>
      <Menu.Target>
        <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />} {...button}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
