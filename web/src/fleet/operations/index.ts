// Tasks on several nodes that belong together. What other slices may use of it:
export { cancelOperation, operations, pauseOperation, resumeOperation } from "./requests";
