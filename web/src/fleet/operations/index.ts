// Tasks on several nodes that belong together. What other slices may use of it:
export { operations } from "./requests";
