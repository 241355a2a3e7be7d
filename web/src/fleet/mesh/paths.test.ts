import { describe, expect, it } from "vitest";
import { APART, DIRECT, DOWN, IDLE, ITSELF, RELAYED, UNMEASURED } from "./links";
import { pathsOf } from "./paths";
import type { Topology } from "./requests";
import { topology } from "./topology.sample";

function cellsOf(mesh: Topology): number[] {
  const paths = pathsOf(mesh);
  return mesh.nodes.flatMap((_, row) => mesh.nodes.map((_, column) => paths.between(row, column)));
}

describe("the matrix of a mesh", () => {
  it("is the same on both sides of its diagonal", () => {
    const cells = cellsOf(
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
      const cells = cellsOf(topology({ ...apart, joined: [[0], [1]] }));
      expect([...cells]).toEqual([ITSELF, APART, APART, ITSELF]);
      const joined = [
        [0, 1],
        [0, 1],
      ];
      expect(cellsOf(topology({ ...apart, joined }))[1]).toBe(complete ? UNMEASURED : DIRECT);
    },
  );

  it("tells idle ways and those that nobody has measured from direct ones in a large mesh", () => {
    // Bits of places: 0 is "AQ==", 1 "Ag==", 2 "BA==".
    const cells = cellsOf(
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
    const cells = cellsOf(topology({ measured: [true, true, false], links: [], complete: false }));
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

  it("says what is relayed, down and offline in a large mesh, by the worse of both directions", () => {
    const cells = cellsOf(
      topology({
        measured: [true, true, true],
        offline: [2],
        links: [],
        complete: false,
        relayed: ["Ag==", "", ""],
        silent: ["", "AQ==", ""],
      }),
    );
    expect(cells).toEqual([ITSELF, DOWN, DOWN, DOWN, ITSELF, DOWN, DOWN, DOWN, ITSELF]);
    const relayed = topology({ measured: [true, true], links: [], complete: false, relayed: ["Ag==", ""] });
    expect(cellsOf(relayed)[1]).toBe(RELAYED);
  });
});
