import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Organization, Schema, Workspace } from "../../api/types";
import { filled, searchRows } from "../../components/searchRows";

export type { Organization, Workspace };

export function listOrganizations(
  { search, sort }: { search: string; sort: string },
  page: number,
  perPage: number,
) {
  return searchRows<Organization>(
    search,
    (organization) => [organization.name, organization.description],
    (at, count) =>
      pageOf(
        api.GET("/api/v1/organizations", {
          params: { query: { page: at, per_page: count, ...filled({ sort }) } },
        }),
      ),
    page,
    perPage,
  );
}

export function organizationQuery(organization: string) {
  return {
    queryKey: ["organizations", "one", organization],
    queryFn: () =>
      taggedOf(api.GET("/api/v1/organizations/{organization}", { params: { path: { organization } } })),
  };
}

export function makeOrganization(body: Schema<"OrganizationRequest">) {
  return dataOf(api.POST("/api/v1/organizations", { body }));
}

export function changeOrganization(organization: string, body: Schema<"OrganizationPatch">, tag: string) {
  const params = { path: { organization }, header: { "If-Match": tag } };
  return dataOf(api.PATCH("/api/v1/organizations/{organization}", { params, body }));
}

export function workspacesQuery(organization: string) {
  return {
    queryKey: ["workspaces", "of", organization],
    queryFn: () =>
      pageOf(api.GET("/api/v1/workspaces", { params: { query: { organization, per_page: 1000 } } })),
  };
}

export function makeWorkspace(body: Schema<"WorkspaceRequest">) {
  return dataOf(api.POST("/api/v1/workspaces", { body }));
}

export function workspaceQuery(workspace: string) {
  return {
    queryKey: ["workspaces", "one", workspace],
    queryFn: () => taggedOf(api.GET("/api/v1/workspaces/{workspace}", { params: { path: { workspace } } })),
  };
}

export function changeWorkspace(workspace: string, body: Schema<"WorkspacePatch">, tag: string) {
  const params = { path: { workspace }, header: { "If-Match": tag } };
  return dataOf(api.PATCH("/api/v1/workspaces/{workspace}", { params, body }));
}

export function moveWorkspace(workspace: string, organization: string) {
  return dataOf(
    api.POST("/api/v1/workspaces/{workspace}/move", {
      params: { path: { workspace } },
      body: { organization },
    }),
  );
}

/** With all that is in it; `dryRun` only counts that. */
export function deleteOrganization(organization: string, dryRun: boolean) {
  const query = dryRun ? { dry_run: true } : { cascade: true };
  return dataOf(
    api.DELETE("/api/v1/organizations/{organization}", { params: { path: { organization }, query } }),
  );
}

export function deleteWorkspace(workspace: string, dryRun: boolean) {
  const query = dryRun ? { dry_run: true } : { cascade: true };
  return dataOf(api.DELETE("/api/v1/workspaces/{workspace}", { params: { path: { workspace }, query } }));
}
