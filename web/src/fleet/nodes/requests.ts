import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { NodeState, Schema } from "../../api/types";
import { inWorkspace } from "../../components/workspace";

export interface NodeFilters {
  state: string;
  search: string;
  label: string;
  approval: string;
  sort: string;
  workspace: string;
}

export function listNodes(filters: NodeFilters, page: number, perPage: number) {
  const query = {
    page,
    per_page: perPage,
    ...(filters.state ? { state: filters.state as NodeState } : {}),
    ...(filters.search ? { search: filters.search } : {}),
    ...(filters.label ? { label: filters.label } : {}),
    ...(filters.approval ? { approval: filters.approval as Schema<"Approval"> } : {}),
    ...(filters.sort ? { sort: filters.sort } : {}),
    ...inWorkspace(filters.workspace),
  };
  return pageOf(api.GET("/api/v1/nodes", { params: { query } }));
}

export function nodeQuery(node: string) {
  return {
    queryKey: ["nodes", "one", node],
    queryFn: () => taggedOf(api.GET("/api/v1/nodes/{node}", { params: { path: { node } } })),
  };
}

/** With `tag`, refused when somebody else has changed the node since it was read. */
export function changeNode(node: string, body: Schema<"NodePatch">, tag?: string) {
  const params = { path: { node }, ...(tag ? { header: { "If-Match": tag } } : {}) };
  return dataOf(api.PATCH("/api/v1/nodes/{node}", { params, body }));
}

export function deleteNode(node: string) {
  return dataOf(api.DELETE("/api/v1/nodes/{node}", { params: { path: { node } } }));
}

export function approveNode(node: string) {
  return dataOf(api.POST("/api/v1/nodes/{node}/approve", { params: { path: { node } } }));
}

export function rejectNode(node: string) {
  return dataOf(api.POST("/api/v1/nodes/{node}/reject", { params: { path: { node } } }));
}

export function rotateKey(node: string) {
  return dataOf(api.POST("/api/v1/nodes/{node}/rotate-key", { params: { path: { node } } }));
}

export function makeToken(body: Schema<"TokenRequest">) {
  return dataOf(api.POST("/api/v1/nodes/tokens", { body }));
}

export function makeRejoinToken(node: string) {
  return dataOf(api.POST("/api/v1/nodes/{node}/tokens", { params: { path: { node } }, body: {} }));
}
