import { useDebouncedValue } from "@mantine/hooks";
import {
  type Icon,
  IconArrowsSplit2,
  IconBuilding,
  IconKey,
  IconListCheck,
  IconLock,
  IconMail,
  IconPackage,
  IconServer,
  IconServerBolt,
  IconShieldCheck,
  IconTemplate,
  IconUser,
  IconUsersGroup,
  IconWorld,
} from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useAccess } from "../access/useAccess";
import { listAt, type RowsPage } from "../api/collection";
import type { Permission } from "../api/types";
import { asWords } from "../components/asWords";
import { text } from "../text";
import { type PaletteEntry, type PaletteGroup, useOpen } from "./paletteEntries";
import { matching } from "./paletteMatching";

const SHOWN = 7;
const TYPING_MS = 120;
const { nav } = text.common;
const nodes = listAt("/api/v1/nodes");
const tasks = listAt("/api/v1/tasks");
const users = listAt("/api/v1/users");
const groups = listAt("/api/v1/groups");
const roles = listAt("/api/v1/roles");
const secrets = listAt("/api/v1/secrets");
const virtualHosts = listAt("/api/v1/virtual-hosts");
const upstreams = listAt("/api/v1/upstreams");
const edges = listAt("/api/v1/edges");
const templates = listAt("/api/v1/templates");
const keys = listAt("/api/v1/keys");
const invites = listAt("/api/v1/invites");
const artifacts = listAt("/api/v1/artifacts");
const organizations = listAt("/api/v1/organizations");

type Found = Omit<PaletteEntry, "icon" | "run">;

interface Source<Row> {
  of: { name: string };
  /** What is asked for. */
  query: { queryKey: unknown[]; queryFn: () => Promise<RowsPage<Row>> };
  label: string;
  icon: Icon;
  permission: Permission;
  found: (row: Row) => Found;
  /** Where a row leads; absent: to its own page. */
  to?: (found: Found) => string;
}

/** Nodes and tasks are searched by the control plane; of the other lists, which are shorter, all is asked for once. */
export function useResources(query: string): { groups: PaletteGroup[]; searching: boolean } {
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
    ...usePeople(search),
    useSource(search, {
      of: artifacts,
      query: artifacts.all(narrowed),
      label: nav.artifacts,
      icon: IconPackage,
      permission: "artifact:read",
      found: ({ id, name, version }) => ({ id, label: name, description: version }),
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
      run: () =>
        open(source.to?.(found) ?? `/${source.of.name}/${found.id}`, {
          label: found.label,
          description: source.label,
        }),
    }));
  return { group: { label: source.label, entries }, asking: isFetching };
}

/** Of the wing of people: who may. */
function usePeople(search: string) {
  const narrowed = { search, per_page: SHOWN };
  return [
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
      of: virtualHosts,
      query: virtualHosts.all(narrowed),
      label: nav.virtualHosts,
      icon: IconWorld,
      permission: "config:read",
      found: ({ id, name, server_name: names }) => ({ id, label: name, description: names.join(", ") }),
    }),
    useSource(search, {
      of: upstreams,
      query: upstreams.all(narrowed),
      label: nav.upstreams,
      icon: IconArrowsSplit2,
      permission: "config:read",
      found: described,
    }),
    useSource(search, {
      of: templates,
      query: templates.all(narrowed),
      label: nav.templates,
      icon: IconTemplate,
      permission: "config:read",
      found: described,
    }),
    useSource(search, {
      of: edges,
      query: edges.all(),
      label: nav.edges,
      icon: IconServerBolt,
      permission: "agent:read",
      found: ({ node_id: id, node, nginx_version: version }) => {
        return { id, label: node, description: version && `nginx ${version}` };
      },
    }),
    useSource(search, {
      of: keys,
      query: keys.all(narrowed),
      label: nav.keys,
      icon: IconKey,
      permission: "key:read",
      found: ({ id, name }) => ({ id, label: name }),
      to: ({ label }) => `/keys?search=${encodeURIComponent(label)}`,
    }),
    useSource(search, {
      of: invites,
      query: invites.all(narrowed),
      label: nav.invites,
      icon: IconMail,
      permission: "invite:read",
      found: ({ id, email }) => ({ id, label: email }),
      to: ({ label }) => `/invites?search=${encodeURIComponent(label)}`,
    }),
  ];
}
