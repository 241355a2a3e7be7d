// Where the audit log is sent. What other slices may use of it:
export { Destinations } from "./Destinations";
