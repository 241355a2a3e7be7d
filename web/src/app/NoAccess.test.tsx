import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../testing/shown";
import { Permitted, permissionFor } from "./NoAccess";

beforeEach(pretendBrowser);
afterEach(leave);

it("knows what a page needs", () => {
  expect(permissionFor("/")).toBe("agent:read");
  expect(permissionFor("/nodes/n-1")).toBe("agent:read");
  expect(permissionFor("/nodes/join")).toBe("agent:write");
  expect(permissionFor("/tasks/new")).toBe("task:write");
  expect(permissionFor("/account")).toBeUndefined();
  expect(permissionFor("/nowhere")).toBeUndefined();
});

const page = (pathname: string) => () => <Permitted pathname={pathname}>The form</Permitted>;

it("says which permission is lacking, and which roles have it, instead of the page", async () => {
  signedInWith("agent:read", "role:read");
  playApi({
    "GET /api/v1/roles": listed([
      { id: "r-1", name: "operator", permissions: ["agent:read", "agent:write"] },
      { id: "r-2", name: "viewer", permissions: ["agent:read"] },
    ]),
    "GET /api/v1/permissions": { body: { data: [{ permission: "agent:write", roles: ["admin"] }] } },
  });
  show("/nodes/join", page("/nodes/join"), "/nodes/join", "/account");
  await screen.findByText(/admin, operator/);
  expect(screen.getByText("agent:write")).toBeDefined();
  expect(screen.queryByText(/viewer/)).toBeNull();
  expect(screen.queryByText("The form")).toBeNull();
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.queryByRole("button")).toBeNull();
});

it("shows the page to whoever may use it", async () => {
  signedInWith("agent:write");
  show("/nodes/join", page("/nodes/join"), "/nodes/join");
  await screen.findByText("The form");
});
