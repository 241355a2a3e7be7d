import { expect, it } from "vitest";
import { fromInput, periodOf, rangeOf, toInput } from "./period";

const NOW = new Date("2020-02-01T12:00:00Z");

it("ends now, or where it is said", () => {
  expect(rangeOf("24h", NOW)).toEqual({ since: "2020-01-31T12:00:00.000Z" });
  expect(rangeOf("", NOW)).toEqual({});
  expect(rangeOf("2020-01-01T00:00:00Z/2020-01-02T00:00:00Z", NOW)).toEqual({
    since: "2020-01-01T00:00:00Z",
    until: "2020-01-02T00:00:00Z",
  });
  expect(rangeOf("/2020-01-02T00:00:00Z", NOW)).toEqual({ until: "2020-01-02T00:00:00Z" });
  expect(rangeOf("yesterday/", NOW)).toEqual({});
});

it("is written as it is read", () => {
  const range = { since: "2020-01-01T00:00:00.000Z" };
  expect(rangeOf(periodOf(range), NOW)).toEqual(range);
  expect(periodOf({})).toBe("");
  expect(fromInput(toInput(range.since))).toBe(range.since);
  expect(fromInput("")).toBeUndefined();
});
