import { waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { OperationsPage } from "./OperationsPage";

beforeEach(pretendBrowser);
afterEach(leave);

it("asks for the state that its address names", async () => {
  signedInWith("task:read");
  const asked = playApi({
    "GET /api/v1/operations": listed([]),
    "GET /api/v1/tasks/kinds": { body: { data: [] } },
  });
  show("/operations?state=failed", OperationsPage, "/operations");
  await waitFor(() => {
    const query = asked.find((one) => one.startsWith("GET /api/v1/operations")) ?? "";
    expect(query).toContain("state=failed");
  });
});
