// Identity providers, and one's accounts there. What other slices may use of it:
export { IdentitiesPanel } from "./IdentitiesPanel";
export { Providers } from "./Providers";
