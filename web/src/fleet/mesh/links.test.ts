import { expect, it } from "vitest";
import { circle, linksOf } from "./links";
import { topology } from "./topology.sample";

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
