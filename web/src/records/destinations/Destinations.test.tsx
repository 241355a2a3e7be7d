import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { Destinations } from "./Destinations";
import type { Destination } from "./requests";

beforeEach(pretendBrowser);
afterEach(leave);

const PATH = "/api/v1/audit-destinations";
const SIEM = {
  id: "d1",
  name: "siem",
  target: "syslog+tls://siem.example:6514",
  enabled: true,
  state: "failing",
  problem: "siem.example:6514 refuses the connection",
  sent: 1200,
  sent_through: 1210,
  waiting: 40,
  missed: 0,
  last_sent_at: null,
  failing_since: "2026-11-30T12:00:00Z",
  next_attempt_at: null,
} as unknown as Destination;

it("says how far a destination is and why it stands still, and shows the steps of a test", async () => {
  signedInWith("settings:read", "settings:write");
  const asked = playApi({
    [`GET ${PATH}`]: listed([SIEM]),
    [`POST ${PATH}/d1/test`]: {
      body: { data: { ok: false, steps: [{ step: "connect", ok: false, answer: "connection refused" }] } },
    },
  });
  show("/settings", Destinations, "/settings");
  expect(await screen.findByText("siem.example:6514 refuses the connection")).toBeTruthy();
  expect(screen.getByText("Failing")).toBeTruthy();
  expect(screen.getByText("1,200, up to entry 1,210")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Send a test entry" }));
  expect(await screen.findByText("connection refused")).toBeTruthy();
  expect(asked).toContain(`POST ${PATH}/d1/test`);
});

it("shows a signing secret that was created, once", async () => {
  signedInWith("settings:read", "settings:write");
  const asked = playApi({
    [`GET ${PATH}`]: listed([]),
    [`POST ${PATH}`]: {
      status: 201,
      body: { data: { destination: { ...SIEM, name: "hook" }, secret: "whsec-1" } },
    },
  });
  show("/settings", Destinations, "/settings");
  fireEvent.click(await screen.findByRole("button", { name: "Add destination" }));
  fireEvent.change(await screen.findByRole("textbox", { name: /^Name/ }), { target: { value: "hook" } });
  fireEvent.change(screen.getByRole("textbox", { name: /^Target/ }), {
    target: { value: "https://hooks.example/audit" },
  });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Signing secret of hook")).toBeTruthy();
  await waitFor(() => expect(asked).toContain(`POST ${PATH}`));
});

it("offers a reader nothing to change", async () => {
  signedInWith("settings:read");
  playApi({ [`GET ${PATH}`]: listed([SIEM]) });
  show("/settings", Destinations, "/settings");
  expect(await screen.findByText("siem")).toBeTruthy();
  expect(screen.queryAllByRole("button")).toEqual([]);
});
