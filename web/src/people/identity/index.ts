// Users, how they prove who they are, and where they are signed in. What other slices may use of it:
export { PasswordForm } from "./PasswordForm";
export { users } from "./requests";
