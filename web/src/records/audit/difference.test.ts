import { expect, it } from "vitest";
import { differences } from "./difference";

it("names what was changed, added and taken away by its path", () => {
  const before = { name: "web-1", labels: { tier: "gold", zone: "a" }, ports: [1, 2] };
  const after = { name: "web-1", labels: { tier: "silver" }, ports: [1, 2], note: "" };
  expect(differences(before, after)).toEqual([
    { field: "labels.tier", before: "gold", after: "silver" },
    { field: "labels.zone", before: "a", after: undefined },
    { field: "note", before: undefined, after: "" },
  ]);
});

it("tells null from absent, and a number from its text", () => {
  expect(differences({ a: null }, {})).toEqual([{ field: "a", before: "null", after: undefined }]);
  expect(differences({ a: 1 }, { a: "1" })).toEqual([]);
});
