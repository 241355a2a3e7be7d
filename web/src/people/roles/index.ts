// Roles, groups, and who was given which role where (grants). What other slices may use of it:
export { EffectiveAccess } from "./EffectiveAccess";
export { GiveRole } from "./GiveRole";
export { GrantTable } from "./GrantTable";
export { PERMISSIONS } from "./permissions";
export { type Group, groups, membersQuery } from "./requests";
