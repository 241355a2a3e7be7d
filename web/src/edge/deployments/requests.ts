import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Deployment = Schema<"DeploymentView">;
export type DeploymentNode = Schema<"DeploymentNodeView">;
export type DeploymentRequest = Schema<"DeploymentRequest">;
export type Plan = Schema<"DeploymentPlan">;
export type DeployedObject = Schema<"DeployedObject">;

export const deployments = collection("/api/v1/edge/deployments/{deployment}");

/** What a deployment would do. Versions of objects make it stale, so it goes with what is served. */
export function planQuery(body: DeploymentRequest) {
  return {
    queryKey: ["served", "plan", JSON.stringify(body)],
    queryFn: () => dataOf(api.POST("/api/v1/edge/deployments/plan", { body })),
    retry: false,
  };
}
