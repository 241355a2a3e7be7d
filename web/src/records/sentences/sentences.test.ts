import { expect, it } from "vitest";
import { type Entry, ofEntry, ofEvent, type Part } from "./sentences";

const ada = { kind: "user", id: "u-1", name: "ada" };
const web1 = { kind: "node", id: "n-1", name: "web-1" };
const plain = (parts: Part[]) => parts.map((part) => (typeof part === "string" ? part : part.name)).join("");

function entry(action: string, changes: Partial<Entry> = {}): Entry {
  return { action, outcome: "ok", actor: ada, resource: web1, before: {}, after: {}, ...changes };
}

it("says who did what, with links to both", () => {
  expect(ofEntry(entry("node.update"))).toEqual([ada, " updated node ", web1]);
});

it("says what was only tried, and why it was refused", () => {
  const refused = entry("node.delete", { outcome: "denied", after: { error: "FORBIDDEN" } });
  expect(plain(ofEntry(refused))).toBe("ada tried to delete node web-1: denied (FORBIDDEN)");
  const unnamed = entry("user.create", { outcome: "failed", resource: { kind: "user", id: "", name: "" } });
  expect(plain(ofEntry(unnamed))).toBe("ada tried to create a user: failed");
});

it("tells events with the facts that there are, and who did it where that is told", () => {
  expect(plain(ofEvent({ kind: "node.state", resource: web1, data: { state: "Offline" } }))).toBe(
    "web-1 went offline",
  );
  const task = { kind: "task", id: "t-1", name: "collect_facts" };
  const closed = { state: "succeeded", node: "web-1", node_id: "n-1" };
  expect(ofEvent({ kind: "task.closed", resource: task, data: { ...closed, attempts: 2 } })).toEqual([
    task,
    " on ",
    web1,
    " succeeded after 2 attempts",
  ]);
  expect(plain(ofEvent({ kind: "task.closed", resource: task, data: closed }))).toBe(
    "collect_facts on web-1 succeeded",
  );
  expect(plain(ofEvent({ kind: "node.update", resource: web1, data: {} }))).toBe("node web-1 was updated");
  expect(plain(ofEvent({ kind: "node.update", resource: web1, data: { by: ada } }))).toBe(
    "ada updated node web-1",
  );
});

it("lets a name that it does not know stand for itself", () => {
  expect(plain(ofEvent({ kind: "moon.rise", resource: web1, data: {} }))).toBe("moon.rise web-1");
  expect(plain(ofEntry(entry("POST /api/v1/moons", { outcome: "denied" })))).toBe(
    "ada: POST /api/v1/moons web-1: denied",
  );
});
