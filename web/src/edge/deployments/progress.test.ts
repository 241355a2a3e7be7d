import { expect, it } from "vitest";
import { servedBy, wavesOf, whatIn } from "./progress";
import type { DeploymentNode } from "./requests";

const object = (name: string, version: number) => ({ owner: `virtual_host/${name}`, name, version });
const node = (wave: number, state: DeploymentNode["state"]) => ({ wave, state }) as DeploymentNode;

it("says what is deployed: versions, what is taken away, and how much more there is", () => {
  expect(whatIn([object("shop", 3), object("blog", 0)])).toBe("shop 3, blog taken away");
  expect(whatIn(["a", "b", "c", "d", "e"].map((name) => object(name, 1)))).toBe("a 1, b 1, c 1 and 2 more");
  expect(whatIn([])).toBe("Taken away from edges");
});

it("counts edges that serve it, and has them by wave", () => {
  const nodes = [node(2, "served"), node(1, "partly"), node(2, "queued")];
  expect(servedBy({ nodes })).toBe(1);
  expect(wavesOf(nodes)).toEqual([
    [1, [nodes[1]]],
    [2, [nodes[0], nodes[2]]],
  ]);
});
