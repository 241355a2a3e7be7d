import { expect, it } from "vitest";
import { marksOf } from "./marks";

const event = (kind: string, data: Record<string, unknown> = {}) => ({
  kind,
  data,
  at: "2020-01-01T00:00:10Z",
  resource: { kind: "node", id: "1", name: "web-1" },
});

it("what changes a node's load is marked, in words; the rest is not", () => {
  const by = { kind: "user", id: "2", name: "ada" };
  const rows = [
    event("node.state", { state: "Offline" }),
    event("node.maintenance_start", { by }),
    event("node.update", { by }),
    event("node.state", { state: "Pending" }),
  ];
  expect(marksOf(rows)).toEqual([
    { at: 1_577_836_810, kind: "bad", words: "web-1 went offline" },
    { at: 1_577_836_810, kind: "maintenance", words: "ada started maintenance of node web-1" },
  ]);
});
