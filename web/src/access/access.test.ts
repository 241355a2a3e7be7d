import { expect, it } from "vitest";
import { mayEverywhere, mayIn, mayInOrganization, maySomewhere } from "./access";

const access = {
  everywhere: ["event:read"],
  organizations: { acme: ["agent:read"] },
  workspaces: { "other/web": ["agent:read", "agent:write"] },
};

it("sums up what is held everywhere, in the organization and in the workspace", () => {
  expect(mayIn(access, "event:read", "any/where")).toBe(true);
  expect(mayIn(access, "agent:read", "acme/db")).toBe(true);
  expect(mayIn(access, "agent:write", "acme/db")).toBe(false);
  expect(mayIn(access, "agent:write", "other/web")).toBe(true);
  expect(mayIn(access, "agent:write", "other/db")).toBe(false);
});

it("tells a workspace from its organization", () => {
  expect(mayInOrganization(access, "agent:read", "acme")).toBe(true);
  expect(mayInOrganization(access, "agent:read", "other")).toBe(false);
  expect(maySomewhere(access, "agent:write")).toBe(true);
  expect(maySomewhere(access, "user:read")).toBe(false);
  expect(mayEverywhere(access, "agent:read")).toBe(false);
});

it("takes no inherited name for a permission", () => {
  expect(mayIn(access, "agent:read", "constructor/x")).toBe(false);
});
