import { expect, it } from "vitest";
import { causesOf } from "./causes";
import { topology } from "./topology.sample";

const SIX = [true, true, true, true, true, true];

it("counts the links of offline nodes once, and says nothing else of them", () => {
  const causes = causesOf(
    topology({ measured: SIX, offline: [1, 2], links: [[0, 1, "down"]], complete: true }),
  );
  expect(causes.offline.nodes.map(({ name }) => name)).toEqual(["n1", "n2"]);
  // Five links each, one of them between the two.
  expect(causes.offline.links).toBe(9);
  expect([causes.named, causes.pairs, causes.total]).toEqual([[], [], 9]);
});

it("names the node that many links have in common, and lists the rest", () => {
  const causes = causesOf(
    topology({
      measured: SIX,
      links: [
        [0, 3, "relayed"],
        [1, 3, "relayed"],
        [2, 3, "relayed"],
        [3, 4, "relayed"],
        [0, 5, "down"],
        [1, 2, "direct"],
      ],
      complete: true,
    }),
  );
  expect(causes.named.map(({ node, path, links }) => [node.name, path, links])).toEqual([
    ["n3", "relayed", 4],
  ]);
  expect(causes.pairs.map(({ from, to, path }) => [from.name, to.name, path])).toEqual([
    ["n0", "n5", "down"],
  ]);
  expect(causes.total).toBe(5);
});

it("finds the same in a large mesh, whose pairs are bits", () => {
  // 0x1e has the bits 1 to 4, 0x20 the bit 5.
  const causes = causesOf(
    topology({
      measured: SIX,
      links: [],
      complete: false,
      silent: ["Hg==", "", "", "", "", ""],
      relayed: ["", "IA==", "", "", "", "Ag=="],
    }),
  );
  expect(causes.named.map(({ node, path, links }) => [node.name, path, links])).toEqual([["n0", "down", 4]]);
  expect(causes.pairs.map(({ from, to, path }) => [from.name, to.name, path])).toEqual([
    ["n1", "n5", "relayed"],
  ]);
});
