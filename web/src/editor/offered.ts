import names from "./directives.json";
import type { Offered } from "./messages";

/** What can be written in a template: nginx's directives that are allowed there, and the template's own values. */
export function offeredIn(values: readonly string[]): Offered[] {
  return [
    ...names.map((name): Offered => ({ name, kind: "directive" })),
    ...values.map((name): Offered => ({ name, kind: "value" })),
  ];
}
