import { ActionIcon, Menu, Text, useMantineColorScheme } from "@mantine/core";
import {
  IconApi,
  IconCheck,
  IconDeviceDesktop,
  IconKey,
  IconLock,
  IconLogout,
  IconMoon,
  IconShield,
  IconSun,
  IconUserCircle,
} from "@tabler/icons-react";
import { useState } from "react";
import { useSession, useSignOut } from "@/api/session";
import { TellMeItem } from "./RunEnds";
import { PasswordDialog } from "./PasswordDialog";
import { TokenDialog } from "./TokenDialog";

const SCHEMES = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the system", icon: IconDeviceDesktop },
] as const;

export function AccountMenu() {
  const { data: session } = useSession();
  const signOut = useSignOut();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [dialog, setDialog] = useState<"token" | "password" | null>(null);
  const user = session?.user;
  if (!user) return null;
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
            <IconUserCircle size={22} stroke={1.6} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" fw={600} truncate c="var(--mantine-color-text)">
              {user.display_name || user.username}
            </Text>
            <Text size="xs" truncate>
              {user.username}
              {user.is_administrator ? " · administrator" : ""}
            </Text>
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item leftSection={<IconKey size={16} />} onClick={() => setDialog("token")}>
            Tokens for scripts
          </Menu.Item>
          <Menu.Item leftSection={<IconLock size={16} />} onClick={() => setDialog("password")}>
            Change password
          </Menu.Item>
          <Menu.Item component="a" href="/api/docs/" leftSection={<IconApi size={16} />}>
            API, tried out
          </Menu.Item>
          {user.is_administrator && (
            <Menu.Item component="a" href="/admin/" leftSection={<IconShield size={16} />}>
              Accounts and administration
            </Menu.Item>
          )}
          <TellMeItem />
          <Menu.Divider />
          <Menu.Label>Appearance</Menu.Label>
          {SCHEMES.map(({ value, label, icon: SchemeIcon }) => (
            <Menu.Item
              key={value}
              closeMenuOnClick={false}
              leftSection={<SchemeIcon size={16} />}
              rightSection={colorScheme === value ? <IconCheck size={16} aria-label="chosen" /> : null}
              onClick={() => setColorScheme(value)}
            >
              {label}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
            Sign out
          </Menu.Item>
          <Menu.Label>Segloop {session.version}</Menu.Label>
        </Menu.Dropdown>
      </Menu>
      <TokenDialog opened={dialog === "token"} onClose={() => setDialog(null)} />
      <PasswordDialog opened={dialog === "password"} onClose={() => setDialog(null)} />
    </>
  );
}
