import {
  type Icon,
  IconActivity,
  IconBook2,
  IconBuilding,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconLock,
  IconMail,
  IconPackage,
  IconServer,
  IconSettings,
  IconShieldCheck,
  IconStack2,
  IconTopologyRing3,
  IconUser,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { Permission } from "../api/types";
import { text } from "../text";

export interface Destination {
  path: string;
  label: string;
  icon: Icon;
  /** Offered to whoever holds it somewhere; absent: to everybody. */
  permission?: Permission;
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
      { path: "/", label: nav.fleet, icon: IconLayoutDashboard, permission: "agent:read" },
      { path: "/nodes", label: nav.nodes, icon: IconServer, permission: "agent:read" },
      { path: "/mesh", label: nav.mesh, icon: IconTopologyRing3, permission: "mesh:read" },
      { path: "/tasks", label: nav.tasks, icon: IconListCheck, permission: "task:read" },
      { path: "/operations", label: nav.operations, icon: IconStack2, permission: "task:read" },
      { path: "/artifacts", label: nav.artifacts, icon: IconPackage, permission: "artifact:read" },
      { path: "/secrets", label: nav.secrets, icon: IconLock, permission: "secret:read" },
    ],
  },
  {
    label: nav.access,
    destinations: [
      { path: "/users", label: nav.users, icon: IconUser, permission: "user:read" },
      { path: "/groups", label: nav.groups, icon: IconUsersGroup, permission: "group:read" },
      { path: "/roles", label: nav.roles, icon: IconShieldCheck, permission: "role:read" },
      { path: "/grants", label: nav.grants, icon: IconUsers, permission: "role:read" },
      { path: "/keys", label: nav.keys, icon: IconKey },
      { path: "/invites", label: nav.invites, icon: IconMail, permission: "invite:read" },
      { path: "/organizations", label: nav.organizations, icon: IconBuilding, permission: "workspace:read" },
    ],
  },
  {
    label: nav.system,
    destinations: [
      { path: "/events", label: nav.events, icon: IconActivity, permission: "event:read" },
      { path: "/audit", label: nav.audit, icon: IconHistory, permission: "audit:read" },
      { path: "/settings", label: nav.settings, icon: IconSettings, permission: "settings:read" },
    ],
  },
];

/** A page outside the router: the API's own reference. */
export const apiReference = { path: "/api/docs", label: text.common.apiReference, icon: IconBook2 };
