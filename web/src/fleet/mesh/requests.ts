import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";

export type Topology = Schema<"MeshTopology">;
export type MeshNode = Schema<"MeshNode">;
export type Path = "direct" | "relayed" | "down";

export const meshQuery = { queryKey: ["mesh", "info"], queryFn: () => dataOf(api.GET("/api/v1/mesh")) };

export const topologyQuery = {
  queryKey: ["mesh", "topology"],
  queryFn: () => dataOf(api.GET("/api/v1/mesh/topology")),
};

export function whyQuery(from: string, to: string) {
  return {
    queryKey: ["mesh", "why", from, to],
    queryFn: () => dataOf(api.GET("/api/v1/mesh/why", { params: { query: { from, to } } })),
  };
}

export function measureAll() {
  return dataOf(api.POST("/api/v1/mesh/probes"));
}
