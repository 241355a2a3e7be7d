import type { Topology } from "./requests";

/** A mesh for tests: nodes n0, n1 ... of one scope, each at the place of its position. */
export function topology(mesh: {
  measured: boolean[];
  links: [number, number, "direct" | "relayed" | "idle" | "down"][];
  complete: boolean;
  scopes?: number[];
  joined?: number[][];
  offline?: number[];
  idle?: string[];
  unmeasured?: string[];
  relayed?: string[];
  silent?: string[];
}): Topology {
  return {
    nodes: mesh.measured.map((hasMeasured, position) => ({
      id: `${position}`,
      name: `n${position}`,
      organization: "home",
      scope: mesh.scopes?.[position] ?? 0,
      place: position,
      ways: mesh.measured.length - 1,
      idle: 0,
      address: "",
      online: !mesh.offline?.includes(position),
      direct: 0,
      relayed: 0,
      down: 0,
      rtt_ms: null,
      measured_at: hasMeasured ? "2026-01-31T12:00:00Z" : null,
    })),
    links: {
      a: mesh.links.map(([a]) => a),
      b: mesh.links.map(([, b]) => b),
      path: mesh.links.map(([, , path]) => path),
      rtt_ms: mesh.links.map(() => null),
      handshake_age_s: mesh.links.map(() => null),
    },
    complete: mesh.complete,
    problems: 0,
    joined: mesh.joined ?? [[0]],
    idle: mesh.idle ?? [],
    unmeasured: mesh.unmeasured ?? [],
    relayed: mesh.relayed ?? [],
    silent: mesh.silent ?? [],
  };
}
