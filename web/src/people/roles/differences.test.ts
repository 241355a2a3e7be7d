import { expect, test } from "vitest";
import { differences } from "./differences";
import { PERMISSIONS } from "./permissions";

test("roles differ in what some have and some have not", () => {
  const viewer = ["agent:read", "task:read"];
  const runner = ["agent:read", "task:write"];
  expect(differences([viewer, runner], true)).toEqual([
    { permission: "task:read", held: [true, false] },
    { permission: "task:write", held: [false, true] },
  ]);
  expect(differences([viewer, viewer], true)).toEqual([]);
  expect(differences([viewer, runner], false)).toHaveLength(PERMISSIONS.length);
});
