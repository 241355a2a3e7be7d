// Ports that nodes open for resources. What other slices may use of it:
export { FirewallPanel } from "./FirewallPanel";
