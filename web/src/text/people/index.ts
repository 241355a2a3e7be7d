import { text as shared } from "..";
import { access } from "./access";
import { account } from "./account";
import { factorPolicy } from "./factorPolicy";
import { grantFilters } from "./grantFilters";
import { grants } from "./grants";
import { groups } from "./groups";
import { keys } from "./keys";
import { organizations } from "./organizations";
import { providers } from "./providers";
import { roles } from "./roles";
import { signIn } from "./signIn";
import { users } from "./users";

export const text = {
  ...shared,
  access,
  account,
  factorPolicy,
  grantFilters,
  grants,
  groups,
  keys,
  organizations,
  providers,
  roles,
  signIn,
  users,
};
