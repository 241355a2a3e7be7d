import { directives, values } from "./directives.json";
import type { Offered } from "./messages";

/** What can be written in a template: nginx's directives that are allowed there, and the values of a virtual host. */
export const offeredInTemplates: Offered[] = [
  ...directives.map((name): Offered => ({ name, kind: "directive" })),
  ...values.map((name): Offered => ({ name, kind: "value" })),
];
