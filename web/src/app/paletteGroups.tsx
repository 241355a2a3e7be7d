import { useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  type Icon,
  IconBuilding,
  IconDeviceDesktop,
  IconListCheck,
  IconLock,
  IconLogout,
  IconMoon,
  IconPlus,
  IconServer,
  IconShieldCheck,
  IconSun,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useAccess } from "../access/useAccess";
import { listAt, type RowsPage } from "../api/collection";
import { signOut } from "../api/session";
import type { Permission } from "../api/types";
import { asWords } from "../components/asWords";
import { notifyFailure } from "../components/notify";
import { text } from "../text";
import { apiReference, navigation } from "./navigation";
import { matching } from "./paletteMatching";

export interface PaletteEntry {
  id: string;
  label: string;
  description?: string;
  icon: Icon;
  run: () => void;
}

export interface PaletteGroup {
  label: string;
  entries: PaletteEntry[];
}

const SHOWN = 7;
const TYPING_MS = 120;
const { nav } = text.common;
const nodes = listAt("/api/v1/nodes");
const tasks = listAt("/api/v1/tasks");
const users = listAt("/api/v1/users");
const groups = listAt("/api/v1/groups");
const roles = listAt("/api/v1/roles");
const secrets = listAt("/api/v1/secrets");
const organizations = listAt("/api/v1/organizations");

/** What the palette offers for the letters that were typed; `searching`: the control plane has not answered yet. */
export function usePaletteGroups(query: string): { groups: PaletteGroup[]; searching: boolean } {
  const pages = { label: text.common.palettePages, entries: usePages(query) };
  const actions = { label: text.common.paletteActions, entries: useActions(query) };
  const found = useResources(query);
  const [first, ...others] = found.groups;
  const all = [...(first ? [first] : []), pages, actions, ...others];
  return { groups: all.filter(({ entries }) => entries.length > 0), searching: found.searching };
}

/** A function that opens the page at a path. */
function useOpen() {
  const navigate = useNavigate();
  return (to: string) => void navigate({ to } as never);
}

type Found = Omit<PaletteEntry, "icon" | "run">;

interface Source<Row> {
  of: { name: string };
  /** What is asked for. */
  query: { queryKey: unknown[]; queryFn: () => Promise<RowsPage<Row>> };
  label: string;
  icon: Icon;
  permission: Permission;
  found: (row: Row) => Found;
}

/** Nodes and tasks are searched by the control plane; of the other lists, which are shorter, all is asked for once. */
function useResources(query: string): { groups: PaletteGroup[]; searching: boolean } {
  const [search] = useDebouncedValue(query, TYPING_MS);
  const narrowed = { search, per_page: SHOWN };
  const sources = [
    useSource(search, {
      of: nodes,
      query: nodes.all(narrowed),
      label: text.common.paletteNodes,
      icon: IconServer,
      permission: "agent:read",
      found: ({ id, name, state, overlay_ip: address }) => {
        return { id, label: name, description: [state, address].filter(Boolean).join(" · ") };
      },
    }),
    useSource(search, {
      of: users,
      query: users.all(),
      label: nav.users,
      icon: IconUser,
      permission: "user:read",
      found: ({ id, username, email }) => ({ id, label: username, description: email ?? "" }),
    }),
    useSource(search, {
      of: groups,
      query: groups.all(),
      label: nav.groups,
      icon: IconUsersGroup,
      permission: "group:read",
      found: described,
    }),
    useSource(search, {
      of: roles,
      query: roles.all(),
      label: nav.roles,
      icon: IconShieldCheck,
      permission: "role:read",
      found: described,
    }),
    useSource(search, {
      of: secrets,
      query: secrets.all(),
      label: nav.secrets,
      icon: IconLock,
      permission: "secret:read",
      found: described,
    }),
    useSource(search, {
      of: organizations,
      query: organizations.all(),
      label: nav.organizations,
      icon: IconBuilding,
      permission: "workspace:read",
      found: ({ id, name }) => ({ id, label: name }),
    }),
    useSource(search, {
      of: tasks,
      query: tasks.all(narrowed),
      label: text.common.paletteTasks,
      icon: IconListCheck,
      permission: "task:read",
      found: ({ id, kind, node, state }) => {
        return { id, label: `${asWords(kind)} · ${node}`, description: `${asWords(state)} · ${id}` };
      },
    }),
  ];
  return {
    groups: query === "" ? [] : sources.map(({ group }) => group),
    searching: query !== search || sources.some(({ asking }) => asking),
  };
}

function described({ id, name, description }: { id: string; name: string; description: string }): Found {
  return { id, label: name, description };
}

function useSource<Row>(search: string, source: Source<Row>): { group: PaletteGroup; asking: boolean } {
  const access = useAccess();
  const open = useOpen();
  const { data, isFetching } = useQuery({
    ...source.query,
    enabled: search !== "" && access.somewhere(source.permission),
    placeholderData: keepPreviousData,
  });
  const rows = (search === "" ? [] : (data?.rows ?? [])).map(source.found);
  const entries = matching(rows, search, ({ label, description = "" }) => `${label} ${description}`)
    .slice(0, SHOWN)
    .map((found) => ({
      ...found,
      icon: source.icon,
      run: () => open(`/${source.of.name}/${found.id}`),
    }));
  return { group: { label: source.label, entries }, asking: isFetching };
}

function usePages(query: string): PaletteEntry[] {
  const access = useAccess();
  const open = useOpen();
  const pages = navigation
    .flatMap(({ destinations }) => destinations)
    .filter(({ permission }) => !permission || access.somewhere(permission))
    .map(({ path, label, icon }) => ({ id: path, label, icon, run: () => open(path) }));
  const account = { id: "/account", label: nav.account, icon: IconUser, run: () => open("/account") };
  const reference = {
    id: apiReference.path,
    label: apiReference.label,
    icon: apiReference.icon,
    run: () => void window.open(apiReference.path, "_blank", "noopener"),
  };
  return matching([...pages, account, reference], query, ({ label }) => label);
}

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
