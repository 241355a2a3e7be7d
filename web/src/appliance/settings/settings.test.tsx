import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leave, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { SettingsTable } from "./SettingsTable";
import { type Setting, shownValue } from "./settingValue";

beforeEach(pretendBrowser);
afterEach(leave);

const setting = (given: Partial<Setting>): Setting => ({
  name: "audit_retention_days",
  area: "Retention",
  title: "Audit log",
  changeable: true,
  choices: [],
  changed_at: null,
  changed_by: null,
  value: 365,
  default: 365,
  origin: "default",
  source: "default",
  flag: "--audit-retention-days",
  variable: "NIMBUS_AUDIT_RETENTION_DAYS",
  help: "days to keep it",
  ...given,
});

const Page = () => (
  <SettingsTable
    settings={[
      setting({}),
      setting({
        name: "backups_kept",
        title: "Backups",
        origin: "file",
        source: "/etc/nimbus/nimbus.toml",
      }),
      setting({ name: "listen", title: "API address", changeable: false, value: "0.0.0.0:8443" }),
    ]}
  />
);

it("shows values in words", () => {
  expect(shownValue(setting({}))).toBe("365 days");
  expect(shownValue(setting({ value: 0 }))).toBe("Forever");
  expect(shownValue(setting({ name: "agent_port", value: 8444 }))).toBe("8444");
  expect(shownValue(setting({ name: "enrolment", value: "approve" }))).toBe("Required");
  expect(shownValue(setting({ name: "listen", value: "" }))).toBe("Not set");
});

it("is edited in place, with Escape to give up and the focus back on the pencil", async () => {
  signedInWith("settings:read", "settings:write");
  const asked = playApi({ "PATCH /api/v1/settings": { body: { data: { settings: [] } } } });
  show("/settings", Page, "/settings");
  const pencil = await screen.findByRole("button", { name: "Edit Audit log" });
  // What a file sets, and what needs a restart, has none.
  expect(screen.getAllByRole("button", { name: /Edit/ })).toEqual([pencil]);
  expect(screen.getByText("/etc/nimbus/nimbus.toml")).toBeTruthy();
  expect(screen.getByText("Needs a restart")).toBeTruthy();
  fireEvent.click(pencil);
  fireEvent.keyDown(screen.getByRole("textbox", { name: "Audit log" }), { key: "Escape" });
  const again = await screen.findByRole("button", { name: "Edit Audit log" });
  expect(document.activeElement).toBe(again);
  fireEvent.click(again);
  fireEvent.change(screen.getByRole("textbox", { name: "Audit log" }), { target: { value: "400" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(asked).toContain("PATCH /api/v1/settings"));
  await screen.findByRole("button", { name: "Edit Audit log" });
});
