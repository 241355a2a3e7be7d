import { useMantineColorScheme } from "@mantine/core";
import {
  IconBolt,
  IconDeviceDesktop,
  IconHistory,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconPlus,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useState } from "react";
import { useAccess } from "../access/useAccess";
import { signOut } from "../api/session";
import type { Permission } from "../api/types";
import { notifyFailure } from "../components/notify";
import { text } from "../text";
import { apiReference, navigation } from "./navigation";
import { createWhenThere, pageActions } from "./pageActions";
import { type PaletteEntry, type PaletteGroup, useOpen, usePerson } from "./paletteEntries";
import { matching } from "./paletteMatching";
import { useResources } from "./paletteResources";
import { recents } from "./recents";

const { nav } = text.common;

/** What the palette offers for the letters that were typed; `searching`: the control plane has not answered yet. */
export function usePaletteGroups(query: string): { groups: PaletteGroup[]; searching: boolean } {
  const recent = { label: text.palette.recent, entries: useRecent(query) };
  const here = { label: text.palette.onThisPage, entries: useHere(query) };
  const pages = { label: text.common.palettePages, entries: usePages(query) };
  const actions = { label: text.common.paletteActions, entries: useActions(query) };
  const found = useResources(query);
  const [first, ...others] = found.groups;
  const all = [here, recent, ...(first ? [first] : []), pages, actions, ...others];
  return { groups: all.filter(({ entries }) => entries.length > 0), searching: found.searching };
}

/** What the page itself offers: its buttons and the lines of its menu. */
function useHere(query: string): PaletteEntry[] {
  const [offered] = useState(pageActions);
  const entries = offered.map(({ label, run }, at) => ({ id: `here-${at}`, label, icon: IconBolt, run }));
  return matching(entries, query, ({ label }) => label);
}

/** Where the person went before; with letters, the lists themselves have it. */
function useRecent(query: string): PaletteEntry[] {
  const open = useOpen();
  const person = usePerson();
  if (query !== "") return [];
  return recents(person).map(({ label, description, to }) => ({
    id: `recent-${to}`,
    label,
    description,
    icon: IconHistory,
    run: () => open(to, { label, description }),
  }));
}

function usePages(query: string): PaletteEntry[] {
  const access = useAccess();
  const open = useOpen();
  const pages = navigation
    .flatMap(({ destinations }) => destinations)
    .filter(({ permission }) => !permission || access.somewhere(permission))
    .map(({ path, label, icon }) => ({ id: path, label, icon, run: () => open(path, { label }) }));
  const account = { id: "/account", label: nav.account, icon: IconUser, run: () => open("/account") };
  const reference = {
    id: apiReference.path,
    label: apiReference.label,
    icon: apiReference.icon,
    run: () => void window.open(apiReference.path, "_blank", "noopener"),
  };
  return matching([...pages, account, reference], query, ({ label }) => label);
}

/** Asks the shell for the sheet of keys. */
export const SHOW_SHORTCUTS = "nimbus-shortcuts";

const CREATED: { path: string; label: string; permission: Permission }[] = [
  { path: "/users", label: text.palette.newUser, permission: "user:write" },
  { path: "/groups", label: text.palette.newGroup, permission: "group:write" },
  { path: "/roles", label: text.palette.newRole, permission: "role:write" },
  { path: "/secrets", label: text.palette.newSecret, permission: "secret:write" },
  { path: "/invites", label: text.palette.newInvite, permission: "invite:write" },
  { path: "/organizations", label: text.palette.newOrganization, permission: "organization:write" },
  { path: "/edges", label: text.palette.newEdge, permission: "agent:write" },
  { path: "/artifacts", label: text.palette.newArtifact, permission: "artifact:write" },
];

/** These are made on pages of their own. */
const WRITTEN = [
  { path: "/virtual-hosts/new", label: text.palette.newVirtualHost },
  { path: "/upstreams/new", label: text.palette.newUpstream },
  { path: "/templates/new", label: text.palette.newTemplate },
];

function useActions(query: string): PaletteEntry[] {
  const access = useAccess();
  const open = useOpen();
  const { setColorScheme } = useMantineColorScheme();
  const { palette } = text;
  const actions: (PaletteEntry & { permission?: Permission })[] = [
    {
      id: "join",
      label: text.common.joinNode,
      icon: IconPlus,
      run: () => open("/nodes/join"),
      permission: "agent:write",
    },
    {
      id: "new-task",
      label: palette.newTask,
      icon: IconPlus,
      run: () => open("/tasks/new"),
      permission: "task:write",
    },
    {
      id: "deploy",
      label: palette.newDeployment,
      icon: IconPlus,
      run: () => open("/deployments/new"),
      permission: "config:deploy",
    },
    ...WRITTEN.map(({ path, label }) => ({
      id: path,
      label,
      icon: IconPlus,
      run: () => open(path),
      permission: "config:write" as const,
    })),
    ...CREATED.map(({ path, label, permission }) => ({
      id: `create-${path}`,
      label,
      icon: IconPlus,
      run: () => {
        open(path);
        createWhenThere(path);
      },
      permission,
    })),
    {
      id: "shortcuts",
      label: palette.shortcuts.title,
      icon: IconKeyboard,
      run: () => document.dispatchEvent(new Event(SHOW_SHORTCUTS)),
    },
    { id: "light", label: palette.light, icon: IconSun, run: () => setColorScheme("light") },
    { id: "dark", label: palette.dark, icon: IconMoon, run: () => setColorScheme("dark") },
    { id: "auto", label: palette.system, icon: IconDeviceDesktop, run: () => setColorScheme("auto") },
    {
      id: "sign-out",
      label: text.common.signOut,
      icon: IconLogout,
      run: () => void signOut().catch(notifyFailure),
    },
  ];
  if (query === "") return actions.filter(({ id, permission }) => id === "join" && mayDo(access, permission));
  const offered = actions.filter(({ permission }) => mayDo(access, permission));
  return matching(offered, query, ({ label }) => label);
}

function mayDo(access: ReturnType<typeof useAccess>, permission: Permission | undefined): boolean {
  return permission === undefined || access.somewhere(permission);
}
