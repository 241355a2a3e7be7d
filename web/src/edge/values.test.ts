import { describe, expect, it } from "vitest";
import type { Upstream, VirtualHost } from "./objects/requests";
import { errorBelow } from "./objects/useDraft";
import { upstreamBody, upstreamValues } from "./upstreams/values";
import { hostBody, hostValues } from "./virtual_hosts/values";

const said = {
  server_name: ["www.example.com", "*.example.com"],
  listen_port: 8443,
  ssl_enabled: true,
  ssl_certificate_id: "c-1",
  redirect_http: false,
  http2: false,
  http3: true,
  hsts: 31_536_000,
  gzip: false,
  max_body: 0,
  rate_limiting: { rate: 5, per: "minute", burst: 2, delay: true },
  trusted_proxies: ["10.0.0.0/8"],
  template: "spa",
  target_agents: { kind: "labels", labels: { tier: "edge" } },
  logging: { enabled: true, mask_client: true, drop_query: true },
  locations: [
    {
      path: "/a/",
      upstream_id: "u-1",
      upstream_path: "/",
      custom_headers: [{ name: "X-A", value: "1" }],
      request_headers: [],
      rewrite_rules: [{ pattern: "^/x$", replacement: "/y", flag: "break" }],
      websocket: true,
      buffering: false,
      proxy_timeout: 300,
      allow: ["10.0.0.1"],
    },
    ...["proxy_pass", "root", "redirect"].map((kind) => ({
      path: `= /${kind}`,
      [kind]: kind === "proxy_pass" ? "http://app.example:80/" : "/srv/www",
      ...(kind === "redirect" ? { redirect_status: 301 } : {}),
      custom_headers: [],
      request_headers: [],
      rewrite_rules: [],
      websocket: false,
      buffering: true,
      proxy_timeout: 60,
      allow: [],
    })),
  ],
};

describe("what a form shows is what it sends", () => {
  it("of a virtual host", () => {
    expect(hostBody(hostValues(said as unknown as VirtualHost))).toEqual(said);
  });

  it("of an upstream", () => {
    const server = { weight: 5, max_fails: 0, fail_timeout: 30, backup: true, down: true };
    const times = { interval: 3, timeout: 2, failures: 4, successes: 1 };
    const upstream = {
      servers: [
        { address: "10.0.0.5:8080", ...server },
        { node: "n-1", port: 80, ...server },
      ],
      algorithm: "ip_hash",
      keepalive: 0,
      keepalive_timeout: 120,
      health_check: { kind: "http", path: "/up", host: "app", status: 204, ...times },
      tls: { server_name: "app", verify: false, ca_certificates: "PEM" },
    };
    expect(upstreamBody(upstreamValues(upstream as Upstream))).toEqual(upstream);
    const plain = { ...upstream, health_check: { kind: "tcp", ...times }, tls: null };
    expect(upstreamBody(upstreamValues(plain as Upstream))).toEqual(plain);
    expect(
      upstreamBody(upstreamValues({ ...plain, health_check: null } as Upstream)).health_check,
    ).toBeNull();
  });
});

it("a field says what is wrong below it, and not of one whose name begins alike", () => {
  const errors = { "locations[1].path": "one", "locations[10].path": "ten", allowed: "no" };
  expect(errorBelow(errors, "locations[1]")).toBe("one");
  expect(errorBelow(errors, "allow")).toBeUndefined();
  expect(errorBelow(errors, "locations")).toBe("one");
});
