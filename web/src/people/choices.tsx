import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { organizationOf } from "../access/places";
import { useAccess } from "../access/useAccess";
import { api, pageOf } from "../api/client";
import type { Permission } from "../api/types";
import { text } from "../text";

/** What everybody can name who may not list roles. */
const BUILT_IN = ["owner", "admin", "operator", "viewer"].map((name) => ({ value: name, label: name }));

const MANY = { page: 1, per_page: 1000 };
const SHOWN_AT_ONCE = 100;

interface Choosing {
  label: string;
  value: string;
  onChange: (value: string) => void;
  description?: string;
  required?: boolean;
  disabled?: boolean;
}

function Choose({
  data,
  waiting,
  ...given
}: Choosing & { data: { value: string; label: string }[]; waiting: boolean }) {
  return (
    <Select
      label={given.label}
      description={given.description}
      data={data}
      value={given.value || null}
      searchable
      limit={SHOWN_AT_ONCE}
      clearable={!given.required}
      disabled={given.disabled}
      placeholder={waiting ? text.common.loading : undefined}
      nothingFoundMessage={text.common.noMatches}
      required={given.required}
      withAsterisk={false}
      onChange={(value) => given.onChange(value ?? "")}
    />
  );
}

/** Organizations in which the person holds `permission` as a whole. */
export function useOrganizationNames(permission: Permission): string[] {
  const access = useAccess();
  const { data } = useQuery({
    queryKey: ["organizations", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/organizations", { params: { query: MANY } })),
    enabled: access.somewhere("organization:read"),
  });
  return (data?.rows ?? []).map(({ name }) => name).filter((name) => access.inOrganization(permission, name));
}

export function useWorkspaceNames(permission: Permission): string[] {
  const access = useAccess();
  const { data } = useQuery({
    queryKey: ["workspaces", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/workspaces", { params: { query: MANY } })),
    enabled: access.somewhere("workspace:read"),
  });
  return (data?.rows ?? []).map((row) => row.full_name).filter((name) => access.in(permission, name));
}

/** An organization, where there is more than one to choose from. */
export function OrganizationChoice({ permission, ...given }: Choosing & { permission: Permission }) {
  const names = useOrganizationNames(permission);
  if (names.length < 2) return null;
  return <Choose {...given} waiting={false} data={names.map((name) => ({ value: name, label: name }))} />;
}

export function WorkspaceChoice({ permission, ...given }: Choosing & { permission: Permission }) {
  const names = useWorkspaceNames(permission);
  return <Choose {...given} waiting={false} data={names.map((name) => ({ value: name, label: name }))} />;
}

/** A whole organization, or one workspace; `within`: of this organization. */
export function PlaceChoice({
  permission,
  within,
  ...given
}: Choosing & { permission: Permission; within?: string | null }) {
  const isWithin = (place: string) => !within || organizationOf(place) === within;
  const organizations = useOrganizationNames(permission).filter(isWithin);
  const workspaces = useWorkspaceNames(permission).filter(isWithin);
  const data = [
    ...organizations.map((name) => ({ value: name, label: text.grants.wholeOrganization(name) })),
    ...workspaces.map((name) => ({ value: name, label: name })),
  ];
  return <Choose {...given} waiting={false} data={data} />;
}

/** A role that can be given in `organization`; "": any. */
export function RoleChoice({ organization, ...given }: Choosing & { organization: string }) {
  const access = useAccess();
  const mayList = access.somewhere("role:read");
  const { data, isPending } = useQuery({
    queryKey: ["roles", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/roles", { params: { query: MANY } })),
    enabled: mayList,
  });
  const roles = (data?.rows ?? []).filter(
    (role) => !role.organization || !organization || role.organization === organization,
  );
  if (!mayList) return <Choose {...given} waiting={false} data={BUILT_IN} />;
  return (
    <Choose
      {...given}
      waiting={isPending}
      data={roles.map((role) => ({
        value: role.id,
        label: role.organization && !organization ? `${role.name} (${role.organization})` : role.name,
      }))}
    />
  );
}

export function UserChoice(given: Choosing) {
  const { data, isPending } = useQuery({
    queryKey: ["users", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/users", { params: { query: MANY } })),
  });
  return (
    <Choose
      {...given}
      waiting={isPending}
      data={(data?.rows ?? []).map((user) => ({
        value: user.id,
        label: user.display_name ? `${user.username} (${user.display_name})` : user.username,
      }))}
    />
  );
}

export function GroupChoice(given: Choosing) {
  const { data, isPending } = useQuery({
    queryKey: ["groups", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/groups", { params: { query: MANY } })),
  });
  return (
    <Choose
      {...given}
      waiting={isPending}
      data={(data?.rows ?? []).map((group) => ({
        value: group.id,
        label: `${group.organization}/${group.name}`,
      }))}
    />
  );
}

export function KeyChoice(given: Choosing) {
  const { data, isPending } = useQuery({
    queryKey: ["keys", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/keys", { params: { query: { ...MANY, state: "valid" } } })),
  });
  const keys = (data?.rows ?? []).filter((key) => key.user_id === null);
  return (
    <Choose {...given} waiting={isPending} data={keys.map((key) => ({ value: key.id, label: key.name }))} />
  );
}
