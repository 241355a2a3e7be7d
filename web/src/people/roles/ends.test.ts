import { expect, test } from "vitest";
import { AT, endOf, LASTS } from "./ends";

const NOW = new Date("2026-11-30T12:00:00Z");

test("a grant lasts, ends after some hours, or at a moment that was written", () => {
  expect(endOf(LASTS, "", NOW)).toBe("");
  expect(endOf("8h", "", NOW)).toBe("2026-11-30T20:00:00.000Z");
  expect(endOf("7d", "", NOW)).toBe("2026-12-07T12:00:00.000Z");
  expect(endOf(AT, "2026-12-01T09:30:00Z", NOW)).toBe("2026-12-01T09:30:00.000Z");
  expect(endOf(AT, "", NOW)).toBeNull();
});
