import type { components } from "./schema";

/** A type of the API by its name in the OpenAPI document. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type Node = Schema<"NodeView">;
export type NodeState = Schema<"NodeState">;
export type Task = Schema<"TaskView">;
export type TaskState = Schema<"TaskState">;
export type Event = Schema<"EventView">;
export type MeshPair = Schema<"MeshPair">;
export type Permission = Schema<"Permission">;
export type WhoAmI = Schema<"WhoAmI">;
export type Workspace = Schema<"WorkspaceView">;
export type Organization = Schema<"OrganizationView">;
