import { describe, expect, it } from "vitest";
import { APART, circle, DIRECT, DOWN, IDLE, ITSELF, linksOf, matrixOf, RELAYED, UNMEASURED } from "./links";
import type { Topology } from "./requests";

function topology(mesh: {
  measured: boolean[];
  links: [number, number, "direct" | "relayed" | "idle" | "down"][];
  complete: boolean;
  scopes?: number[];
  joined?: number[][];
  idle?: string[];
  unmeasured?: string[];
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
      online: true,
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
  };
}

describe("the matrix of a mesh", () => {
  it("is the same on both sides of its diagonal", () => {
    const cells = matrixOf(
      topology({
        measured: [true, true, true],
        links: [
          [0, 1, "down"],
          [0, 2, "relayed"],
          [1, 2, "direct"],
        ],
        complete: true,
      }),
    );
    expect([...cells]).toEqual([ITSELF, DOWN, RELAYED, DOWN, ITSELF, DIRECT, RELAYED, DIRECT, ITSELF]);
  });

  it.each([true, false])(
    "has no way where a border or a policy keeps nodes apart (complete: %s)",
    (complete) => {
      const apart = { measured: [true, true], links: [], complete, scopes: [0, 1] };
      const cells = matrixOf(topology({ ...apart, joined: [[0], [1]] }));
      expect([...cells]).toEqual([ITSELF, APART, APART, ITSELF]);
      const joined = [
        [0, 1],
        [0, 1],
      ];
      expect(matrixOf(topology({ ...apart, joined }))[1]).toBe(complete ? UNMEASURED : DIRECT);
    },
  );

  it("tells idle ways and those that nobody has measured from direct ones in a large mesh", () => {
    // Bits of places: 0 is "AQ==", 1 "Ag==", 2 "BA==".
    const cells = matrixOf(
      topology({
        measured: [true, true, true],
        links: [],
        complete: false,
        idle: ["Ag==", "AQ==", ""],
        unmeasured: ["BA==", "", "AQ=="],
      }),
    );
    expect([...cells]).toEqual([ITSELF, IDLE, UNMEASURED, IDLE, ITSELF, DIRECT, UNMEASURED, DIRECT, ITSELF]);
  });

  it("counts a pair that a large mesh does not list as direct, if both nodes have measured", () => {
    const cells = matrixOf(topology({ measured: [true, true, false], links: [], complete: false }));
    expect([...cells]).toEqual([
      ITSELF,
      DIRECT,
      UNMEASURED,
      DIRECT,
      ITSELF,
      UNMEASURED,
      UNMEASURED,
      UNMEASURED,
      ITSELF,
    ]);
  });
});

it("turns the columns into links between nodes", () => {
  const [link] = linksOf(topology({ measured: [true, true], links: [[0, 1, "down"]], complete: true }));
  expect(link).toMatchObject({ from: { name: "n0" }, to: { name: "n1" }, path: "down", rttMs: null });
});

it("places nodes evenly", () => {
  expect(circle(4, 10).map(({ x, y }) => [Math.round(x), Math.round(y)])).toEqual([
    [0, -10],
    [10, 0],
    [0, 10],
    [-10, 0],
  ]);
});
