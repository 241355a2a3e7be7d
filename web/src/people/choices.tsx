import { type ComboboxItem, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { organizationOf } from "../access/places";
import { useAccess } from "../access/useAccess";
import type { Permission } from "../api/types";
import { text } from "../text/people";
import { users } from "./identity/requests";
import { keys } from "./keys/requests";
import { organizations, workspaces } from "./organizations/requests";
import { groups, roles } from "./roles/requests";

// Fields of forms that choose one of a collection.

/** What everybody can name who may not list roles. */
const BUILT_IN = ["owner", "admin", "operator", "viewer"].map((name) => ({ value: name, label: name }));
const SHOWN_AT_ONCE = 100;

interface ChoiceProps {
  label: string;
  value?: string;
  onChange?: (value: string) => void;
  description?: string;
  required?: boolean;
}

function Choice({ data, onChange, ...field }: ChoiceProps & { data: ComboboxItem[] | undefined }) {
  return (
    <Select
      {...field}
      data={data ?? []}
      value={field.value || null}
      onChange={(value) => onChange?.(value ?? "")}
      searchable
      limit={SHOWN_AT_ONCE}
      clearable={!field.required}
      placeholder={data ? undefined : text.common.loading}
      nothingFoundMessage={text.common.noMatches}
      withAsterisk={false}
    />
  );
}

function named(names: string[]): ComboboxItem[] {
  return names.map((name) => ({ value: name, label: name }));
}

/** Organizations in which the person holds `permission` as a whole. */
function useOrganizationNames(permission: Permission): string[] {
  const access = useAccess();
  const { data } = useQuery({ ...organizations.all(), enabled: access.somewhere("organization:read") });
  return (data?.rows ?? []).map(({ name }) => name).filter((name) => access.inOrganization(permission, name));
}

/** Workspaces in which the person holds `permission`, as `organization/workspace`. */
export function useWorkspaceNames(permission: Permission): string[] {
  const access = useAccess();
  const { data } = useQuery({ ...workspaces.all(), enabled: access.somewhere("workspace:read") });
  return (data?.rows ?? []).map((row) => row.full_name).filter((name) => access.in(permission, name));
}

/** An organization; nothing where there are not two to choose from. */
export function OrganizationChoice({ permission, ...field }: ChoiceProps & { permission: Permission }) {
  const names = useOrganizationNames(permission);
  return names.length < 2 ? null : <Choice {...field} data={named(names)} />;
}

export function WorkspaceChoice({ permission, ...field }: ChoiceProps & { permission: Permission }) {
  return <Choice {...field} data={named(useWorkspaceNames(permission))} />;
}

interface PlaceChoiceProps extends ChoiceProps {
  permission: Permission;
  /** Only this organization and its workspaces. */
  within?: string | null;
}

/** A whole organization, or one workspace. */
export function PlaceChoice({ permission, within, ...field }: PlaceChoiceProps) {
  const isWithin = (place: string) => !within || organizationOf(place) === within;
  const wholes = useOrganizationNames(permission).filter(isWithin);
  const parts = useWorkspaceNames(permission).filter(isWithin);
  const data = [
    ...wholes.map((name) => ({ value: name, label: text.common.wholeOrganization(name) })),
    ...named(parts),
  ];
  return <Choice {...field} data={data} />;
}

/** A role that can be given in `organization`; "": any. */
export function RoleChoice({ organization, ...field }: ChoiceProps & { organization: string }) {
  const mayList = useAccess().somewhere("role:read");
  const { data } = useQuery({ ...roles.all(), enabled: mayList });
  const fitting = data?.rows.filter(
    (role) => !role.organization || !organization || role.organization === organization,
  );
  const items = fitting?.map((role) => ({
    value: role.id,
    label: role.organization && !organization ? `${role.name} (${role.organization})` : role.name,
  }));
  return <Choice {...field} data={mayList ? items : BUILT_IN} />;
}

export function UserChoice(field: ChoiceProps) {
  const { data } = useQuery(users.all());
  const items = data?.rows.map((user) => ({
    value: user.id,
    label: user.display_name ? `${user.username} (${user.display_name})` : user.username,
  }));
  return <Choice {...field} data={items} />;
}

export function GroupChoice(field: ChoiceProps) {
  const { data } = useQuery(groups.all());
  const items = data?.rows.map(({ id, organization, name }) => ({
    value: id,
    label: `${organization}/${name}`,
  }));
  return <Choice {...field} data={items} />;
}

/** A service's key that is good now. */
export function KeyChoice(field: ChoiceProps) {
  const { data } = useQuery(keys.all({ state: "valid" }));
  const services = data?.rows.filter((key) => key.user_id === null);
  return <Choice {...field} data={services?.map(({ id, name }) => ({ value: id, label: name }))} />;
}
