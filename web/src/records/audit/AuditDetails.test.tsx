import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { local } from "../../components/time";
import { leave, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { AuditDetails } from "./AuditDetails";

beforeEach(() => {
  pretendBrowser();
  signedInWith("audit:read");
});
afterEach(leave);

const AT = "2020-01-31T12:00:00Z";
const row = {
  id: "r-1",
  sequence: 7,
  at: AT,
  action: "node.update",
  outcome: "ok",
  actor: { kind: "user", id: "u-1", name: "ada" },
  resource: { kind: "node", id: "n-1", name: "web-1" },
  before: {},
  after: {},
  hash: "0".repeat(64),
  source: "",
  request_id: "",
};

it("leads to who did it and what it was done to, and says once when", async () => {
  playApi({ "GET /api/v1/audit-log/r-1": { body: { data: row } } });
  show("/audit", () => <AuditDetails row="r-1" />, "/audit");
  const addresses = (links: HTMLElement[]) => new Set(links.map((link) => link.getAttribute("href")));
  expect(addresses(await screen.findAllByRole("link", { name: "ada" }))).toEqual(new Set(["/users/u-1"]));
  expect(addresses(screen.getAllByRole("link", { name: "web-1" }))).toEqual(new Set(["/nodes/n-1"]));
  expect(screen.getByRole("link", { name: "All entries about this resource" }).getAttribute("href")).toBe(
    "/audit?resource=n-1",
  );
  expect(screen.getAllByText(local(new Date(AT)), { exact: false })).toHaveLength(1);
});
