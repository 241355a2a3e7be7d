// Secrets of workspaces, and the master keys that seal them. What other slices may use of it:
export { MasterKeys } from "./MasterKeys";
