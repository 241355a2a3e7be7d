// What happened, as sentences. What other slices may use of it:
export { Sentence } from "./Sentence";
export { ofEntry, ofEvent } from "./sentences";
