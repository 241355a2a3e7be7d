import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconKey, IconKeyboard, IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { useWhoAmI } from "../access/useAccess";
import { signOut } from "../api/session";
import { notifyFailure } from "../components/notify";
import { PageLink } from "../components/PageLink";
import { text } from "../text";
import classes from "./AccountMenu.module.css";
import { TimesMenu } from "./TimesMenu";

const THEMES = [
  { value: "auto", label: text.common.themeSystem, icon: IconDeviceDesktop },
  { value: "light", label: text.common.themeLight, icon: IconSun },
  { value: "dark", label: text.common.themeDark, icon: IconMoon },
] as const;

/** Of a user name: "ada.lovelace" is AL. */
function initialsOf(name: string): string {
  const [first = "", second = ""] = name.split(/[._\s-]+/);
  return (first.charAt(0) + (second.charAt(0) || first.charAt(1))).toUpperCase();
}

export function AccountMenu({ showShortcuts }: { showShortcuts: () => void }) {
  const who = useWhoAmI();
  const initials = initialsOf(who.name);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={220} withinPortal>
      <Menu.Target>
        <ActionIcon size="md" aria-label={`${text.common.account} ${initials}`}>
          <span className={classes.person} aria-hidden>
            {initials}
          </span>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label role="presentation">{text.common.signedInAs(who.name)}</Menu.Label>
        <Menu.Item component={PageLink} to="/account" leftSection={<IconKey size={15} />}>
          {text.common.nav.account}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label role="presentation">{text.common.theme}</Menu.Label>
        {/* biome-ignore lint/a11y/useSemanticElements: a group of a menu, not of fields */}
        <div role="group" aria-label={text.common.theme}>
          <Menu.RadioGroup
            value={colorScheme}
            onChange={(value) => setColorScheme(value as (typeof THEMES)[number]["value"])}
          >
            {THEMES.map(({ value, label, icon: Picture }) => (
              <Menu.RadioItem key={value} value={value} rightSection={<Picture size={15} />}>
                {label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </div>
        <Menu.Divider />
        <TimesMenu />
        <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={showShortcuts}>
          {text.palette.shortcuts.title}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut().catch(notifyFailure)}>
          {text.common.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
