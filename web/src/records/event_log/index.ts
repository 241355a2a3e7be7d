// What has changed, as it changes. What other slices may use of it:
export { EventList } from "./EventListPart";
export { newestEvents } from "./requests";
