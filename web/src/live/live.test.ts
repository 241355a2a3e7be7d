import { describe, expect, it } from "vitest";
import { affectedBy, affectedByProgress, isLoad } from "./affected";
import { retryDelay } from "./stream";

describe("what an event makes stale", () => {
  it("is what shows the resource, and every list of events", () => {
    expect([...affectedBy(["node"])].sort()).toEqual([
      "audit-log",
      "edges",
      "events",
      "fleet",
      "join-tokens",
      "mesh",
      "node-deletion",
      "node-filters",
      "nodes",
    ]);
  });

  it("is the lists of events alone for a kind that no page shows", () => {
    expect([...affectedBy(["something_new"])].sort()).toEqual(["audit-log", "events"]);
  });

  it("is not the lists of events when something has only come further", () => {
    expect([...affectedByProgress(["task"])].sort()).toEqual(["deployments", "operations", "tasks"]);
    expect([...affectedByProgress(["node"])].sort()).toEqual(["firewall", "mesh", "nodes"]);
    expect([...affectedByProgress(["mesh"])]).toEqual(["mesh"]);
    expect([...affectedByProgress(["key"])]).toEqual([]);
  });

  it("knows what follows heartbeats", () => {
    const loads = ["nodes", "fleet", "metrics", "edges"];
    expect([...loads, "users"].filter(isLoad)).toEqual(loads);
  });
});

describe("trying again", () => {
  it("waits longer each time, never longer than ten seconds, and never all at once", () => {
    expect([0, 1, 2, 3, 4, 9].map((attempt) => retryDelay(attempt, 1))).toEqual([
      500, 1000, 2000, 4000, 8000, 10_000,
    ]);
    expect(retryDelay(0, 0)).toBe(250);
    expect(retryDelay(30, 0)).toBe(5000);
  });
});
