import type { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import type { User } from "./requests";

/** Whether `permission` is held over this user: in their organization, or everywhere. An administrator's account is
 * for administrators alone. */
export function mayUser(access: ReturnType<typeof useAccess>, permission: Permission, user: User): boolean {
  if (user.is_admin || user.organization === null) return access.everywhere(permission);
  return access.inOrganization(permission, user.organization);
}
