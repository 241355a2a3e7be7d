import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Organization = Schema<"OrganizationView">;
export type Workspace = Schema<"WorkspaceView">;

export const organizations = collection("/api/v1/organizations/{organization}");
export const workspaces = collection("/api/v1/workspaces/{workspace}");

export function moveWorkspace(workspace: string, organization: string): Promise<Workspace> {
  const params = { path: { workspace } };
  return workspaces.refreshAfter(
    dataOf(api.POST("/api/v1/workspaces/{workspace}/move", { params, body: { organization } })),
  );
}
