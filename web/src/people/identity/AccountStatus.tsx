import { Status } from "../../components/Status";
import { text } from "../../text/people";
import type { User } from "./requests";

/** Whether somebody can sign in, and whether they administer the control plane. */
export function AccountStatus({ user }: { user: User }) {
  if (user.disabled) return <Status state="disabled" word={text.users.disabled} />;
  return <Status state="enabled" word={user.is_admin ? text.users.administrator : text.users.enabled} />;
}
