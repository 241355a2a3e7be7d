import { fireEvent, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { remember } from "../components/remembered";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../testing/shown";
import { Palette } from "./Palette";
import { recents, wentTo } from "./recents";
import { SHORTCUTS_OFF, useShortcuts } from "./shortcuts";

const opened = vi.fn();
const went = vi.fn();

beforeEach(() => {
  pretendBrowser();
  remember(SHORTCUTS_OFF, "");
  remember("recent.ada", "");
  HTMLElement.prototype.checkVisibility = () => true;
  opened.mockClear();
  went.mockClear();
});
afterEach(leave);

function Page() {
  useShortcuts({ "?": opened, "g n": went });
  return <input aria-label="Field" />;
}

const press = (key: string, target: Element = document.body) => fireEvent.keyDown(target, { key });

it("runs by one key or two, not while somebody types, and not at all when switched off", async () => {
  signedInWith();
  show("/nodes", Page, "/nodes");
  const field = await screen.findByLabelText("Field");
  press("?");
  press("g");
  press("n");
  expect([opened.mock.calls.length, went.mock.calls.length]).toEqual([1, 1]);
  press("n");
  for (const key of ["?", "g", "n"]) press(key, field);
  remember(SHORTCUTS_OFF, "off");
  for (const key of ["?", "g", "n"]) press(key);
  expect([opened.mock.calls.length, went.mock.calls.length]).toEqual([1, 1]);
});

it("keeps where each person went, the newest first, and nothing that is no address of the dashboard", () => {
  for (const at of [1, 2, 1]) wentTo("ada", { label: `node ${at}`, to: `/nodes/${at}` });
  expect(recents("ada").map(({ to }) => to)).toEqual(["/nodes/1", "/nodes/2"]);
  expect(recents("grace")).toEqual([]);
  remember("recent.ada", '[{"label":"x","to":"https://elsewhere.example"},null,{"label":"y","to":"/mesh"}]');
  expect(recents("ada")).toEqual([{ label: "y", to: "/mesh" }]);
  remember("recent.ada", "no JSON");
  expect(recents("ada")).toEqual([]);
});

const deleted = vi.fn();

function NodePage() {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpened(true)}>
        Find
      </button>
      <div data-page-actions>
        <button type="button" onClick={deleted}>
          Start maintenance
        </button>
        <button type="button" disabled>
          Not now
        </button>
      </div>
      <Palette opened={opened} close={() => setOpened(false)} />
    </>
  );
}

it("offers what the page offers, and runs it", async () => {
  signedInWith("agent:read");
  playApi({ "GET /api/v1/nodes": listed([]) });
  show("/nodes", NodePage, "/nodes");
  fireEvent.click(await screen.findByRole("button", { name: "Find" }));
  const field = await screen.findByRole("combobox", { name: "Find anything" });
  expect(screen.queryByRole("option", { name: "Not now" })).toBeNull();
  fireEvent.change(field, { target: { value: "maint" } });
  await screen.findByRole("option", { name: "Start maintenance" });
  fireEvent.keyDown(field, { key: "Enter" });
  await waitFor(() => expect(deleted).toHaveBeenCalledOnce());
});
