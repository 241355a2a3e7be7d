import { expect, it } from "vitest";
import { changedFields, trimmed } from "./form";

it("takes the spaces off words, and leaves other values as they are", () => {
  expect(trimmed({ name: " web ", size: 3, labels: ["a "] })).toEqual({
    name: "web",
    size: 3,
    labels: ["a "],
  });
});

it("sends what differs alone", () => {
  const before = { name: "web", description: "", scopes: ["a"] };
  expect(changedFields(before, { name: "web", description: "of the shop", scopes: ["a"] })).toEqual({
    description: "of the shop",
  });
  expect(changedFields(before, { ...before, scopes: [] })).toEqual({ scopes: [] });
});
