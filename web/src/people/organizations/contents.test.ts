import { expect, it } from "vitest";
import { perKind } from "./contents";

it("names each kind once: the organization's count has that of its workspaces in it", () => {
  const counted = [
    { kind: "workspaces", count: 1, names: ["web"] },
    { kind: "keys", count: 1, names: ["ci"] },
    { kind: "secrets", count: 2, names: ["a", "b"] },
    { kind: "keys", count: 2, names: ["ci", "backup"] },
  ];
  expect(perKind(counted)).toEqual([
    { kind: "workspaces", count: 1, names: ["web"] },
    { kind: "keys", count: 2, names: ["ci", "backup"] },
    { kind: "secrets", count: 2, names: ["a", "b"] },
  ]);
});
