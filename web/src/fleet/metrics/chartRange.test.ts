import { describe, expect, it } from "vitest";
import { rangeBetween, spanOf, widerRange } from "./chartRange";

const NOW = new Date("2020-02-01T12:00:00Z");

describe("the time that charts show", () => {
  it("is as fine as samples are, and in as many points as there is room for", () => {
    expect(spanOf("1h", NOW)).toEqual({ since: "2020-02-01T11:00:00.000Z", step: 10 });
    expect(spanOf("30d", NOW)).toEqual({ since: "2020-01-02T12:00:00.000Z", step: 7200 });
    expect(spanOf("2020-01-01T00:00:00Z/2020-01-01T02:00:00Z", NOW)).toEqual({
      since: "2020-01-01T00:00:00Z",
      until: "2020-01-01T02:00:00Z",
      step: 20,
    });
  });

  it("is the last hour where the address says nothing that can be", () => {
    const hour = spanOf("1h", NOW);
    for (const wrong of [
      "",
      "tomorrow",
      "2020-01-02T00:00:00Z/2020-01-01T00:00:00Z",
      "2021-01-01T00:00:00Z/",
    ]) {
      expect(spanOf(wrong, NOW)).toEqual(hour);
    }
  });

  it("is at least a minute", () => {
    expect(rangeBetween(1_577_836_800, 1_577_836_801)).toBe(
      "2020-01-01T00:00:00.000Z/2020-01-01T00:01:00.000Z",
    );
  });

  it("becomes wider up to all that is kept, and never ends in the future", () => {
    expect(["1h", "24h", "30d"].map((range) => widerRange(range, NOW))).toEqual(["6h", "7d", ""]);
    const fourHours = "2020-02-01T08:00:00.000Z/2020-02-01T12:00:00.000Z";
    expect(widerRange("2020-02-01T09:00:00Z/2020-02-01T11:00:00Z", NOW)).toBe(fourHours);
    expect(widerRange("2020-02-01T10:00:00Z/2020-02-01T12:00:00Z", NOW)).toBe(fourHours);
    expect(widerRange("2020-01-10T00:00:00Z/2020-01-30T00:00:00Z", NOW)).toBe("30d");
  });
});
