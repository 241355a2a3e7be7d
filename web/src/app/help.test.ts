import { expect, it } from "vitest";
import { isDocumented } from "../appliance/documentation";
import { helpFor } from "./help";
import { allDestinations } from "./navigation";

it("has a page of the documentation for every page of the dashboard", () => {
  const found = allDestinations.map(({ path }) => helpFor(path).replace("/docs/", ""));
  expect(found.filter((name) => !isDocumented(name))).toEqual([]);
});

it("goes by the beginning of the path, and whole words", () => {
  expect(helpFor("/nodes/join")).toBe("/docs/join-tokens");
  expect(helpFor("/nodes/web-1")).toBe("/docs/dashboard");
  expect(helpFor("/nodesome")).toBe("/docs");
  expect(helpFor("/docs/roles")).toBe("/docs");
});
