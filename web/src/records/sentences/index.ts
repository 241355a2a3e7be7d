// What happened, as sentences. What other slices may use of it:
export { Sentence } from "./Sentence";
export { type Event, ofEntry, ofEvent } from "./sentences";
