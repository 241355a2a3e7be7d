import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";
import { inWorkspace } from "../../components/workspace";

export type Node = Schema<"NodeView">;
export type NodeDetails = Schema<"NodeDetails">;
export type NewJoinToken = Schema<"TokenView">;
export type JoinToken = Schema<"JoinTokenView">;

export const nodes = collection("/api/v1/nodes/{node}");
export const joinTokens = collection("/api/v1/join-tokens/{token}");

export const NODE_STATES = ["Online", "Degraded", "Offline", "Maintenance", "Pending"] as const;

/** Whether the node sends heartbeats: then what it told of its load is so now. */
export function isConnected({ state }: Node): boolean {
  return state === "Online" || state === "Degraded" || state === "Maintenance";
}

/** What nodes can be filtered by, and how many have each. */
export function nodeFiltersQuery(workspace: string) {
  const params = { query: inWorkspace(workspace) };
  return {
    queryKey: ["node-filters", workspace],
    queryFn: () => dataOf(api.GET("/api/v1/node-filters", { params })),
  };
}

/** Lets in a node that waits for approval. */
export function approveNode(node: string) {
  const params = { path: { node } };
  return nodes.refreshAfter(dataOf(api.POST("/api/v1/nodes/{node}/approve", { params })));
}

export function rejectNode(node: string) {
  const params = { path: { node } };
  return nodes.refreshAfter(dataOf(api.POST("/api/v1/nodes/{node}/reject", { params })));
}

export function rotateKey(node: string) {
  return dataOf(api.POST("/api/v1/nodes/{node}/rotate-key", { params: { path: { node } } }));
}

/** A token for a new machine, and the command that joins it. */
export function createJoinToken(body: Schema<"TokenRequest">): Promise<NewJoinToken> {
  return joinTokens.refreshAfter(dataOf(api.POST("/api/v1/nodes/tokens", { body })));
}

/** The same for a machine that was set up anew. */
export function createRejoinToken(node: string): Promise<NewJoinToken> {
  const params = { path: { node } };
  return joinTokens.refreshAfter(dataOf(api.POST("/api/v1/nodes/{node}/tokens", { params, body: {} })));
}

/** What a deletion would end, as the control plane counts it now. */
export function deletionQuery(node: string) {
  return {
    queryKey: ["node-deletion", node],
    queryFn: () => dataOf(api.GET("/api/v1/nodes/{node}/deletion", { params: { path: { node } } })),
  };
}
