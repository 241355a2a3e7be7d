// Orders to one node each. What other slices may use of it:
export { KindFilter } from "./KindFilter";
export { TasksInFlight } from "./TasksInFlight";
export { TaskTable } from "./TaskTable";
export { duration } from "./taskTime";
