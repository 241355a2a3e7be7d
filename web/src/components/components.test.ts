import { describe, expect, it } from "vitest";
import { nextSort, sortOf } from "./collection/sorting";
import { parseLabels } from "./labelText";
import { bytes, percent, percentText } from "./quantity";
import { amount, relative, uptime } from "./time";

describe("times", () => {
  const now = new Date("2026-01-31T12:00:00Z");
  const before = (seconds: number) => relative(new Date(now.getTime() - seconds * 1000), now);

  it("are in the largest unit that says enough", () => {
    expect([0, 1, 59, 60, 3599, 3600, 86_400, 86_400 * 89, 86_400 * 100, 86_400 * 800].map(before)).toEqual([
      "now",
      "1 s ago",
      "59 s ago",
      "1 min ago",
      "59 min ago",
      "1 h ago",
      "1 d ago",
      "89 d ago",
      "3 mo ago",
      "2 y ago",
    ]);
    expect(before(-90)).toBe("in 1 min");
    expect(amount(0.4)).toBe("0 s");
  });

  it("since a machine started are in days and hours", () => {
    expect([59, 3661, 90_061].map(uptime)).toEqual(["0 min", "1 h 1 min", "1 d 1 h"]);
  });
});

describe("quantities", () => {
  it("have three significant figures", () => {
    expect([0, 1023, 1024, 1536, 1024 ** 2 * 150.4, 1024 ** 4 * 2].map(bytes)).toEqual([
      "0 B",
      "1023 B",
      "1 KiB",
      "1.5 KiB",
      "150 MiB",
      "2 TiB",
    ]);
  });

  it("of nothing are no share", () => {
    expect(percent(5, 0)).toBe(0);
    expect([0, 3.14, 50, 99.6].map(percentText)).toEqual(["0 %", "3.1 %", "50 %", "100 %"]);
  });
});

describe("sorting", () => {
  it("goes up, down, and back to what the API has", () => {
    expect(nextSort("", "name")).toBe("name");
    expect(nextSort("name", "name")).toBe("-name");
    expect(nextSort("-name", "name")).toBe("");
    expect(nextSort("-name", "state")).toBe("state");
    expect(nextSort("", "cpu", true)).toBe("-cpu");
    expect(nextSort("-cpu", "cpu", true)).toBe("cpu");
    expect(nextSort("cpu", "cpu", true)).toBe("");
    expect(sortOf("-name")).toEqual({ field: "name", descending: true });
  });
});

it("reads labels as they are written, and names what is none", () => {
  expect(parseLabels("tier=gold, zone=a=b,, x")).toEqual({
    labels: { tier: "gold", zone: "a=b" },
    wrong: ["x"],
  });
  expect(parseLabels("=v")).toEqual({ labels: {}, wrong: ["=v"] });
});
