import { expect, it } from "vitest";
import { PERMISSIONS, permissionRows } from "./permissions";

it("has a row per resource, and every permission that a role can have once", () => {
  const rows = permissionRows();
  const held = rows.flatMap(({ usual, further }) => [...usual, ...further]).filter((one) => one !== null);
  expect(held.toSorted()).toEqual(PERMISSIONS.filter((one) => !one.startsWith("settings:")).toSorted());
  expect(rows.find(({ resource }) => resource === "secret")).toEqual({
    resource: "secret",
    usual: ["secret:read", "secret:write", "secret:delete"],
    further: ["secret:reveal"],
  });
});

it("leaves a gap where a resource has no such verb", () => {
  expect(permissionRows().find(({ resource }) => resource === "audit")?.usual).toEqual([
    "audit:read",
    null,
    null,
  ]);
});
