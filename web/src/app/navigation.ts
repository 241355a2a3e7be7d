import {
  type Icon,
  IconActivity,
  IconArrowsSplit2,
  IconBook2,
  IconBuilding,
  IconCertificate,
  IconFileText,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconLock,
  IconMail,
  IconPackage,
  IconRocket,
  IconServer,
  IconServerBolt,
  IconSettings,
  IconShieldCheck,
  IconStack2,
  IconTemplate,
  IconTopologyRing3,
  IconUser,
  IconUsers,
  IconUsersGroup,
  IconWorld,
} from "@tabler/icons-react";
import type { Permission } from "../api/types";
import { text } from "../text";

export interface Destination {
  path: string;
  label: string;
  icon: Icon;
  /** Offered to whoever holds it somewhere; absent: to everybody. */
  permission?: Permission;
  /** Goes there after "g". */
  key?: string;
}

export interface Section {
  label: string;
  destinations: Destination[];
}

const { nav } = text.common;

export const navigation: Section[] = [
  {
    label: nav.infrastructure,
    destinations: [
      { path: "/", key: "f", label: nav.fleet, icon: IconLayoutDashboard, permission: "agent:read" },
      { path: "/nodes", key: "n", label: nav.nodes, icon: IconServer, permission: "agent:read" },
      { path: "/mesh", key: "m", label: nav.mesh, icon: IconTopologyRing3, permission: "mesh:read" },
      { path: "/tasks", key: "t", label: nav.tasks, icon: IconListCheck, permission: "task:read" },
      { path: "/operations", key: "o", label: nav.operations, icon: IconStack2, permission: "task:read" },
      { path: "/artifacts", key: "b", label: nav.artifacts, icon: IconPackage, permission: "artifact:read" },
      { path: "/secrets", key: "x", label: nav.secrets, icon: IconLock, permission: "secret:read" },
    ],
  },
  {
    label: nav.edge,
    destinations: [
      {
        path: "/virtual-hosts",
        key: "v",
        label: nav.virtualHosts,
        icon: IconWorld,
        permission: "config:read",
      },
      {
        path: "/upstreams",
        key: "l",
        label: nav.upstreams,
        icon: IconArrowsSplit2,
        permission: "config:read",
      },
      { path: "/templates", key: "c", label: nav.templates, icon: IconTemplate, permission: "config:read" },
      {
        path: "/certificates",
        key: "j",
        label: nav.certificates,
        icon: IconCertificate,
        permission: "certificate:read",
      },
      { path: "/edges", key: "d", label: nav.edges, icon: IconServerBolt, permission: "agent:read" },
      {
        path: "/deployments",
        key: "y",
        label: nav.deployments,
        icon: IconRocket,
        permission: "config:read",
      },
      {
        path: "/access-logs",
        key: "h",
        label: nav.accessLogs,
        icon: IconFileText,
        permission: "log:read",
      },
    ],
  },
  {
    label: nav.access,
    destinations: [
      { path: "/users", key: "u", label: nav.users, icon: IconUser, permission: "user:read" },
      { path: "/groups", key: "p", label: nav.groups, icon: IconUsersGroup, permission: "group:read" },
      { path: "/roles", key: "r", label: nav.roles, icon: IconShieldCheck, permission: "role:read" },
      { path: "/grants", key: "w", label: nav.grants, icon: IconUsers, permission: "role:read" },
      { path: "/keys", key: "k", label: nav.keys, icon: IconKey },
      { path: "/invites", key: "i", label: nav.invites, icon: IconMail, permission: "invite:read" },
      {
        path: "/organizations",
        key: "z",
        label: nav.organizations,
        icon: IconBuilding,
        permission: "workspace:read",
      },
    ],
  },
  {
    label: nav.system,
    destinations: [
      { path: "/events", key: "e", label: nav.events, icon: IconActivity, permission: "event:read" },
      { path: "/audit", key: "a", label: nav.audit, icon: IconHistory, permission: "audit:read" },
      { path: "/settings", key: "s", label: nav.settings, icon: IconSettings, permission: "settings:read" },
    ],
  },
];

/** A page outside the router: the API's own reference. */
export const apiReference = { path: "/api/docs", label: text.common.apiReference, icon: IconBook2 };

export const allDestinations: Destination[] = navigation.flatMap(({ destinations }) => destinations);
