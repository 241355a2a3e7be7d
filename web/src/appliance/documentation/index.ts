// The documentation of this version. What other slices may use of it:
export { isDocumented } from "./pages";
