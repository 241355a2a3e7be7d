// Users, how they prove who they are, and where they are signed in. What other slices may use of it:
export { verifyFactor } from "./ownFactors";
export { PasskeysPanel } from "./PasskeysPanel";
export { PasswordForm } from "./PasswordForm";
export { factorsQuery, users } from "./requests";
export { TotpPanel } from "./TotpPanel";
