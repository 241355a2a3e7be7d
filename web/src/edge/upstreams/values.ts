import type { Upstream } from "../objects/requests";

export interface ServerValues {
  key: number;
  kind: "address" | "node";
  address: string;
  node: string;
  port: number | "";
  weight: number | "";
  maxFails: number | "";
  failTimeout: number | "";
  backup: boolean;
  down: boolean;
}

export interface UpstreamValues {
  servers: ServerValues[];
  algorithm: Upstream["algorithm"];
  keepalive: number | "";
  keepaliveTimeout: number;
  check: "none" | "http" | "tcp";
  path: string;
  host: string;
  status: number | null;
  interval: number | "";
  timeout: number | "";
  failures: number | "";
  successes: number | "";
  tls: boolean;
  tlsName: string;
  tlsVerify: boolean;
  authorities: string;
}

let keys = 0;

export function newServer(): ServerValues {
  keys += 1;
  return {
    key: keys,
    kind: "address",
    address: "",
    node: "",
    port: "",
    weight: 1,
    maxFails: 1,
    failTimeout: 10,
    backup: false,
    down: false,
  };
}

/** What the fields of the form show of an upstream; of a new one what is usual. */
export function upstreamValues(upstream: Upstream | undefined): UpstreamValues {
  return {
    servers: upstream?.servers.map(serverValues) ?? [newServer()],
    algorithm: upstream?.algorithm ?? "round_robin",
    keepalive: upstream?.keepalive ?? 32,
    keepaliveTimeout: upstream?.keepalive_timeout ?? 60,
    ...checkValues(upstream?.health_check),
    ...tlsValues(upstream?.tls),
  };
}

function checkValues(check: Upstream["health_check"] | undefined) {
  const { kind = "http", path = "/", host = "", status = null, ...times } = check ?? {};
  const { interval = 10, timeout = 5, failures = 3, successes = 2 } = times;
  const shown: UpstreamValues["check"] = check ? kind : "none";
  return { check: shown, path, host, status, interval, timeout, failures, successes };
}

function tlsValues(tls: Upstream["tls"] | undefined) {
  const {
    server_name: tlsName = "",
    verify: tlsVerify = true,
    ca_certificates: authorities = "",
  } = tls ?? {};
  return { tls: Boolean(tls), tlsName, tlsVerify, authorities };
}

function serverValues(server: Upstream["servers"][number]): ServerValues {
  const { max_fails: maxFails = 1, fail_timeout: failTimeout = 10, ...rest } = server;
  const { address = "", weight = 1, backup = false, down = false } = rest;
  const node = rest.node ?? "";
  const place = {
    kind: node ? ("node" as const) : ("address" as const),
    address,
    node,
    port: rest.port ?? "",
  };
  return { ...newServer(), ...place, weight, maxFails, failTimeout, backup, down } as ServerValues;
}

/** The part of a request that says it. */
export function upstreamBody(values: UpstreamValues) {
  return {
    servers: values.servers.map(serverBody),
    algorithm: values.algorithm,
    keepalive: values.keepalive === "" ? 0 : values.keepalive,
    keepalive_timeout: values.keepaliveTimeout,
    health_check: checkBody(values),
    tls: values.tls
      ? {
          server_name: values.tlsName.trim(),
          verify: values.tlsVerify,
          ca_certificates: values.authorities.trim(),
        }
      : null,
  };
}

function serverBody(server: ServerValues) {
  const place =
    server.kind === "node"
      ? { node: server.node || null, port: server.port === "" ? null : server.port }
      : { address: server.address.trim() };
  return {
    ...place,
    weight: server.weight === "" ? 1 : server.weight,
    max_fails: server.maxFails === "" ? 1 : server.maxFails,
    fail_timeout: server.failTimeout === "" ? 10 : server.failTimeout,
    backup: server.backup,
    down: server.down,
  };
}

function checkBody(values: UpstreamValues) {
  if (values.check === "none") return null;
  const times = {
    interval: values.interval || 10,
    timeout: values.timeout || 5,
    failures: values.failures || 3,
    successes: values.successes || 2,
  };
  if (values.check === "tcp") return { kind: values.check, ...times };
  return {
    kind: values.check,
    path: values.path.trim() || "/",
    host: values.host,
    status: values.status,
    ...times,
  };
}
