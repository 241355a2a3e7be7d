import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";

export type Topology = Schema<"MeshTopology">;
export type MeshNode = Schema<"MeshNode">;
export type Path = "direct" | "relayed" | "idle" | "down";
export type History = Schema<"MeshHistory">;

export const meshQuery = { queryKey: ["mesh", "info"], queryFn: () => dataOf(api.GET("/api/v1/mesh")) };

export const topologyQuery = {
  queryKey: ["mesh", "topology"],
  queryFn: () => dataOf(api.GET("/api/v1/mesh/topology")),
};

export function whyQuery(from: string, to: string) {
  return {
    queryKey: ["mesh", "why", from, to],
    queryFn: () => dataOf(api.GET("/api/v1/mesh/why", { params: { query: { from, to } } })),
    // What is measured in turns is no event.
    refetchInterval: WHY_EVERY_MS,
  };
}

const WHY_EVERY_MS = 15_000;
const HISTORY_S = 86_400;

/** The last 24 hours between two nodes. */
export function historyQuery(from: string, to: string) {
  return {
    queryKey: ["mesh", "history", from, to],
    queryFn: () => {
      const since = new Date(Date.now() - HISTORY_S * 1000).toISOString();
      return dataOf(api.GET("/api/v1/mesh/history", { params: { query: { from, to, since } } }));
    },
  };
}

export function measureAll() {
  return dataOf(api.POST("/api/v1/mesh/probes"));
}
