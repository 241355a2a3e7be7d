import { type Answered, api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import { refreshAfter } from "../../api/queries";
import type { Schema } from "../../api/types";

export type VirtualHost = Schema<"VirtualHostView">;
export type Upstream = Schema<"UpstreamView">;
export type Template = Schema<"TemplateView">;
export type EdgeObject = VirtualHost | Upstream | Template;
export type Version = Schema<"VersionView">;
export type WholeVersion = Schema<"WholeVersion">;
export type Difference = Schema<"VersionDifference">;
export type Preview = Schema<"PreviewView">;

export const virtualHosts = collection("/api/v1/virtual-hosts/{virtual_host}");
export const upstreams = collection("/api/v1/upstreams/{upstream}");
export const templates = collection("/api/v1/templates/{template}");

/** What the three collections have in common besides being collections. All raise ApiError. */
export interface Versioned {
  name: string;
  path: string;
}

// The three paths answer alike: what is below one of them is asked for by that path.
const untyped = api as unknown as Record<"GET" | "POST", (path: string, init: object) => Promise<Answered>>;

export function versionsQuery(of: Versioned, id: string) {
  return {
    queryKey: [of.name, "versions", id],
    queryFn: () => dataOf(untyped.GET(`${of.path}/${id}/versions`, {})) as Promise<Version[]>,
  };
}

/** What a version says, and the files that are made of it with what it uses now. */
export function versionQuery(of: Versioned, id: string, version: number) {
  return {
    queryKey: [of.name, "version", id, version],
    queryFn: () => dataOf(untyped.GET(`${of.path}/${id}/versions/${version}`, {})) as Promise<WholeVersion>,
  };
}

export function differenceQuery(of: Versioned, id: string, from: number, to: number) {
  const params = { query: { from, to } };
  return {
    queryKey: [of.name, "difference", id, from, to],
    queryFn: () => dataOf(untyped.GET(`${of.path}/${id}/diff`, { params })) as Promise<Difference>,
  };
}

/** The content of an older version becomes a new one. */
export function rollBack(of: Versioned, id: string, version: number) {
  return refreshAfter(of.name, dataOf(untyped.POST(`${of.path}/${id}/rollback`, { body: { version } })));
}

/** What would be written: of a new one, or of one that is there with changes. Nothing is kept. */
export function previewQuery(of: Versioned, id: string | undefined, body: object) {
  return {
    queryKey: [of.name, "preview", id ?? "", JSON.stringify(body)],
    queryFn: () =>
      dataOf(untyped.POST(`${of.path}${id ? `/${id}` : ""}/preview`, { body })) as Promise<Preview>,
    staleTime: 10_000,
    retry: false,
  };
}
