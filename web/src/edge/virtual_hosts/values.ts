import type { Schema } from "../../api/types";
import { labelText, parseLabels } from "../../components/labelText";
import type { VirtualHost } from "../objects/requests";

type Location = Schema<"Location">;
type Pair = { key: number; name: string; value: string };
type Rewrite = {
  key: number;
  pattern: string;
  replacement: string;
  flag: NonNullable<Schema<"RewriteRule">["flag"]>;
};
export type AnswerKind = "upstream" | "proxy" | "files" | "redirect";

export interface LocationValues {
  key: number;
  path: string;
  kind: AnswerKind;
  upstream: string;
  upstreamPath: string;
  proxyPass: string;
  root: string;
  index: string;
  redirect: string;
  redirectStatus: string;
  headers: Pair[];
  requestHeaders: Pair[];
  rewrites: Rewrite[];
  websocket: boolean;
  buffering: boolean;
  timeout: number | "";
  allow: string[];
}

export interface HostValues {
  serverName: string[];
  port: number | "";
  tls: boolean;
  certificate: string;
  redirectHttp: boolean;
  http2: boolean;
  http3: boolean;
  hsts: number | "";
  gzip: boolean;
  maxBody: number | "";
  rate: number | "";
  ratePer: "second" | "minute";
  burst: number | "";
  delay: boolean;
  trusted: string[];
  template: string;
  target: NonNullable<Schema<"Targets">["kind"]>;
  targetLabels: string;
  targetNode: string;
  logs: boolean;
  maskClient: boolean;
  dropQuery: boolean;
  locations: LocationValues[];
}

let keys = 0;

function nextKey(): number {
  keys += 1;
  return keys;
}

export const newPair = (): Pair => ({ key: nextKey(), name: "", value: "" });
export const newRewrite = (): Rewrite => ({ key: nextKey(), pattern: "", replacement: "", flag: "last" });

export function newLocation(path = "/"): LocationValues {
  return locationValues({ path });
}

function kindOf(location: Location): AnswerKind {
  if (location.proxy_pass) return "proxy";
  if (location.root) return "files";
  return location.redirect ? "redirect" : "upstream";
}

const pairsOf = (headers: Location["custom_headers"]): Pair[] =>
  (headers ?? []).map((header) => ({ ...header, key: nextKey() }));

function locationValues(location: Location): LocationValues {
  return { ...answerValues(location), ...restValues(location) };
}

function answerValues(location: Location) {
  return {
    key: nextKey(),
    path: location.path,
    kind: kindOf(location),
    upstream: location.upstream_id ?? "",
    upstreamPath: location.upstream_path ?? "",
    proxyPass: location.proxy_pass ?? "",
    root: location.root ?? "",
    index: location.index ?? "",
    redirect: location.redirect ?? "",
    redirectStatus: String(location.redirect_status ?? 308),
  };
}

function restValues(location: Location) {
  return {
    headers: pairsOf(location.custom_headers),
    requestHeaders: pairsOf(location.request_headers),
    rewrites: (location.rewrite_rules ?? []).map(
      (rule): Rewrite => ({ ...rule, flag: rule.flag ?? "last", key: nextKey() }),
    ),
    websocket: location.websocket ?? false,
    buffering: location.buffering ?? true,
    timeout: location.proxy_timeout ?? 60,
    allow: location.allow ?? [],
  };
}

type Said = Pick<
  VirtualHost,
  | "server_name"
  | "listen_port"
  | "ssl_enabled"
  | "ssl_certificate_id"
  | "redirect_http"
  | "http2"
  | "http3"
  | "hsts"
  | "gzip"
  | "max_body"
  | "rate_limiting"
  | "trusted_proxies"
  | "template"
  | "target_agents"
  | "logging"
  | "locations"
>;
const USUAL: Said = {
  server_name: [],
  listen_port: 443,
  ssl_enabled: true,
  ssl_certificate_id: null,
  redirect_http: true,
  http2: true,
  http3: false,
  hsts: 0,
  gzip: true,
  max_body: 100,
  rate_limiting: null,
  trusted_proxies: [],
  template: "default",
  target_agents: { kind: "workspace" },
  logging: { enabled: true },
  locations: [{ path: "/" }],
};

/** What the fields of the form show of a virtual host; of a new one what is usual. */
export function hostValues(host: Said | undefined): HostValues {
  const said = host ?? USUAL;
  return {
    serverName: said.server_name,
    port: said.listen_port,
    tls: said.ssl_enabled,
    certificate: said.ssl_certificate_id ?? "",
    redirectHttp: said.redirect_http,
    http2: said.http2,
    http3: said.http3,
    hsts: said.hsts,
    gzip: said.gzip,
    maxBody: said.max_body,
    ...rateValues(said.rate_limiting),
    trusted: said.trusted_proxies,
    template: said.template,
    target: said.target_agents.kind ?? "workspace",
    targetLabels: labelText(said.target_agents.labels ?? {}),
    targetNode: said.target_agents.node ?? "",
    logs: said.logging.enabled ?? true,
    maskClient: said.logging.mask_client ?? false,
    dropQuery: said.logging.drop_query ?? false,
    locations: said.locations.map(locationValues),
  };
}

function rateValues(limit: Said["rate_limiting"]): Pick<HostValues, "rate" | "ratePer" | "burst" | "delay"> {
  if (limit === null) return { rate: "", ratePer: "second", burst: 0, delay: false };
  const { rate, per = "second", burst = 0, delay = false } = limit;
  return { rate, ratePer: per, burst, delay };
}

/** The part of a request that says it. */
export function hostBody(values: HostValues) {
  return {
    server_name: values.serverName,
    listen_port: numberOr(values.port, 0),
    ssl_enabled: values.tls,
    ssl_certificate_id: values.tls ? values.certificate.trim() || null : null,
    redirect_http: values.redirectHttp,
    http2: values.http2,
    http3: values.http3,
    hsts: numberOr(values.hsts, 0),
    gzip: values.gzip,
    max_body: numberOr(values.maxBody, 0),
    rate_limiting:
      values.rate === ""
        ? null
        : { rate: values.rate, per: values.ratePer, burst: numberOr(values.burst, 0), delay: values.delay },
    trusted_proxies: values.trusted,
    template: values.template,
    target_agents: targetBody(values),
    logging: { enabled: values.logs, mask_client: values.maskClient, drop_query: values.dropQuery },
    locations: values.locations.map(locationBody),
  };
}

function numberOr(value: number | "", other: number): number {
  return value === "" ? other : value;
}

function targetBody(values: HostValues): Schema<"Targets"> {
  if (values.target === "node") return { kind: values.target, node: values.targetNode || null };
  if (values.target === "labels")
    return { kind: values.target, labels: parseLabels(values.targetLabels).labels };
  return { kind: values.target };
}

function answerBody(location: LocationValues) {
  if (location.kind === "upstream")
    return {
      upstream_id: location.upstream || null,
      ...(location.upstreamPath.trim() ? { upstream_path: location.upstreamPath.trim() } : {}),
    };
  if (location.kind === "proxy") return { proxy_pass: location.proxyPass.trim() };
  if (location.kind === "files")
    return {
      root: location.root.trim(),
      ...(location.index.trim() ? { index: location.index.trim() } : {}),
    };
  return { redirect: location.redirect.trim(), redirect_status: Number(location.redirectStatus) };
}

function locationBody(location: LocationValues) {
  const pairs = (of: Pair[]) => of.map(({ name, value }) => ({ name: name.trim(), value }));
  return {
    path: location.path.trim(),
    ...answerBody(location),
    custom_headers: pairs(location.headers),
    request_headers: pairs(location.requestHeaders),
    rewrite_rules: location.rewrites.map(({ pattern, replacement, flag }) => ({
      pattern,
      replacement,
      flag,
    })),
    websocket: location.websocket,
    buffering: location.buffering,
    proxy_timeout: numberOr(location.timeout, 60),
    allow: location.allow,
  };
}
