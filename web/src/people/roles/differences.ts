import { PERMISSIONS } from "./permissions";

/** Which of several roles have which permission; `onlyDifferent`: without those that all or none have. */
export function differences(roles: readonly (readonly string[])[], onlyDifferent: boolean) {
  return PERMISSIONS.map((permission) => ({
    permission,
    held: roles.map((permissions) => permissions.includes(permission)),
  })).filter(({ held }) => !onlyDifferent || new Set(held).size > 1);
}
