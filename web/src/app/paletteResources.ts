import { useDebouncedValue } from "@mantine/hooks";
import {
  type Icon,
  IconArrowsSplit2,
  IconBuilding,
  IconCertificate,
  IconHelpCircle,
  IconKey,
  IconListCheck,
  IconLock,
  IconMail,
  IconPackage,
  IconSend,
  IconServer,
  IconServerBolt,
  IconShieldCheck,
  IconStack2,
  IconTemplate,
  IconUser,
  IconUserCheck,
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
const RECENT_OPERATIONS = 200;
const { nav } = text.common;
const nodes = listAt("/api/v1/nodes");
const tasks = listAt("/api/v1/tasks");
const users = listAt("/api/v1/users");
const groups = listAt("/api/v1/groups");
const roles = listAt("/api/v1/roles");
const secrets = listAt("/api/v1/secrets");
const virtualHosts = listAt("/api/v1/virtual-hosts");
const upstreams = listAt("/api/v1/upstreams");
const certificates = listAt("/api/v1/certificates");
const edges = listAt("/api/v1/edges");
const templates = listAt("/api/v1/templates");
const keys = listAt("/api/v1/keys");
const invites = listAt("/api/v1/invites");
const artifacts = listAt("/api/v1/artifacts");
const organizations = listAt("/api/v1/organizations");
const operations = listAt("/api/v1/operations");
const grants = listAt("/api/v1/grants");
const workspaces = listAt("/api/v1/workspaces");
const providers = listAt("/api/v1/identity-providers");
const auditDestinations = listAt("/api/v1/audit-destinations");
const documents = {
  name: "docs",
  all: () => ({
    queryKey: ["documentation"],
    queryFn: () => import("../appliance/documentation/titles").then(({ documents: rows }) => ({ rows })),
  }),
};

interface Found extends Omit<PaletteEntry, "icon" | "run"> {
  /** Where it leads; absent: to its own page. */
  to?: string;
}

interface Source<Row> {
  of: { name: string };
  /** What is asked for. */
  query: { queryKey: unknown[]; queryFn: () => Promise<Pick<RowsPage<Row>, "rows">> };
  label: string;
  icon: Icon;
  /** Absent: for everyone. */
  permission?: Permission;
  found: (row: Row) => Found;
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
    ...useConfigured(search),
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
      of: workspaces,
      query: workspaces.all(),
      label: text.palette.workspaces,
      icon: IconBuilding,
      permission: "workspace:read",
      found: ({ id, name, organization, organization_id: of }) => {
        return { id, label: name, description: organization, to: `/organizations/${of}` };
      },
    }),
    useSource(search, {
      of: operations,
      query: operations.all({ per_page: RECENT_OPERATIONS }),
      label: nav.operations,
      icon: IconStack2,
      permission: "task:read",
      found: ({ id, name, kind, state }) => {
        return { id, label: name || asWords(kind), description: `${asWords(state)} · ${asWords(kind)}` };
      },
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
    useSource(search, {
      of: documents,
      query: documents.all(),
      label: text.common.documentation,
      icon: IconHelpCircle,
      found: ({ name, title }) => ({ id: name, label: title }),
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
    enabled: search !== "" && (!source.permission || access.somewhere(source.permission)),
    placeholderData: keepPreviousData,
  });
  const rows = (search === "" ? [] : (data?.rows ?? [])).map(source.found);
  const entries = matching(rows, search, ({ label, description = "" }) => `${label} ${description}`)
    .slice(0, SHOWN)
    .map(({ to, ...found }) => ({
      ...found,
      icon: source.icon,
      run: () =>
        open(to ?? `/${source.of.name}/${found.id}`, { label: found.label, description: source.label }),
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
      of: keys,
      query: keys.all(narrowed),
      label: nav.keys,
      icon: IconKey,
      permission: "key:read",
      found: ({ id, name }) => ({ id, label: name, to: `/keys?search=${encodeURIComponent(name)}` }),
    }),
    useSource(search, {
      of: invites,
      query: invites.all(narrowed),
      label: nav.invites,
      icon: IconMail,
      permission: "invite:read",
      found: ({ id, email }) => ({ id, label: email, to: `/invites?search=${encodeURIComponent(email)}` }),
    }),
    useSource(search, {
      of: grants,
      query: grants.all(),
      label: nav.grants,
      icon: IconUserCheck,
      permission: "role:read",
      found: ({
        id,
        principal,
        principal_id: of,
        principal_kind: kind,
        role,
        role_id,
        workspace,
        organization,
      }) => ({
        id,
        label: `${role} · ${principal}`,
        description: workspace ?? organization,
        to: kind === "user" ? `/grants?user=${of}&role=${role_id}` : `/grants?role=${role_id}`,
      }),
    }),
    useSource(search, {
      of: providers,
      query: providers.all(),
      label: text.palette.providers,
      icon: IconKey,
      permission: "settings:read",
      found: ({ id, name, display_name: shown }) => ({
        id,
        label: shown || name,
        description: name,
        to: "/settings?tab=providers",
      }),
    }),
  ];
}

/** What is configured. */
function useConfigured(search: string) {
  const narrowed = { search, per_page: SHOWN };
  return [
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
      of: certificates,
      query: certificates.all(narrowed),
      label: nav.certificates,
      icon: IconCertificate,
      permission: "certificate:read",
      found: ({ id, name, names }) => ({ id, label: name, description: names.join(", ") }),
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
      of: auditDestinations,
      query: auditDestinations.all(),
      label: text.palette.auditDestinations,
      icon: IconSend,
      permission: "settings:read",
      found: ({ id, name, target }) => ({
        id,
        label: name,
        description: target,
        to: "/settings?tab=audit-log",
      }),
    }),
  ];
}
