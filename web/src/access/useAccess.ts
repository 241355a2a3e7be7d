import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../api/client";
import type { Permission, WhoAmI } from "../api/types";
import { mayEverywhere, mayIn, mayInOrganization, maySomewhere } from "./access";

export const whoAmIQuery = {
  queryKey: ["whoami"],
  queryFn: () => dataOf(api.GET("/api/v1/whoami")),
  staleTime: Infinity,
} as const;

/** Who is signed in. Pages are shown only once it is known. */
export function useWhoAmI(): WhoAmI {
  const { data } = useQuery(whoAmIQuery);
  if (data === undefined) throw new Error("whoami is loaded before any page");
  return data;
}

/**
 * What the person may do. It only decides what is offered: the control plane refuses whatever is not permitted.
 */
export function useAccess() {
  const { access } = useWhoAmI();
  return {
    somewhere: (permission: Permission) => maySomewhere(access, permission),
    everywhere: (permission: Permission) => mayEverywhere(access, permission),
    in: (permission: Permission, workspace: string) => mayIn(access, permission, workspace),
    inOrganization: (permission: Permission, organization: string) =>
      mayInOrganization(access, permission, organization),
  };
}
