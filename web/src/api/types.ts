import type { components } from "./schema";

/** A type of the API by its name in the OpenAPI document. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Event = Schema<"EventView">;
export type Permission = Schema<"Permission">;
export type WhoAmI = Schema<"WhoAmI">;
