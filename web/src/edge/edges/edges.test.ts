import { describe, expect, it } from "vitest";
import { diffLines } from "../objects/unified";
import { marksOf } from "./EdgeMarks";
import { settingsBody } from "./SettingsFields";
import { upstreamOf } from "./upstreamOf";

const well = {
  state: "Online",
  applied: true,
  shared: false,
  servers_down: 0,
  drifted: 0,
};

describe("an edge", () => {
  it("that is well has no marks; one that is not, a word for each reason", () => {
    expect(marksOf(well)).toEqual([]);
    const ill = { ...well, state: "Offline", servers_down: 2, drifted: 1 };
    expect(marksOf(ill).map(({ word }) => word)).toEqual([
      "Offline",
      "2 servers down",
      "1 file changed by hand",
    ]);
    expect(marksOf({ ...well, applied: false })).toHaveLength(1);
    expect(marksOf({ ...well, applied: false, shared: true })).toEqual([]);
  });

  it("names the upstream of a block, and none of a virtual host's own", () => {
    const known = [{ id: "0191-aa" }, { id: "0191-bb" }];
    expect(upstreamOf("upstream_0191bb", known)).toBe(known[1]);
    expect(upstreamOf("host_0191bb", known)).toBeUndefined();
  });

  it("keeps the usual time where the field is empty", () => {
    const settings = { mode: "systemd" as const, owns_main_file: true, resolvers: [], shared_with: [] };
    expect(settingsBody({ ...settings, worker_shutdown_s: "" }).worker_shutdown_s).toBe(600);
    expect(settingsBody({ ...settings, worker_shutdown_s: 5 }).worker_shutdown_s).toBe(5);
  });
});

it("a unified diff is its lines without the names of the files", () => {
  const diff = "--- a (as written)\n+++ a (now)\n@@ -1,2 +1,2 @@\n same\n-old\n+++ new";
  expect(diffLines(diff).map(({ kind }) => kind)).toEqual(["place", "same", "removed", "added"]);
});
