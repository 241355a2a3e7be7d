import { Menu } from "@mantine/core";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ActionsMenu } from "../components/ActionsMenu";
import { PageFrame } from "../components/PageFrame";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../testing/shown";
import { text } from "../text";
import { Palette } from "./Palette";
import { matching } from "./paletteMatching";

beforeEach(pretendBrowser);
afterEach(leave);

function Page() {
  const [opened, setOpened] = useState(true);
  return <Palette opened={opened} close={() => setOpened(false)} />;
}

async function openPalette(...paths: string[]) {
  const router = show("/", Page, "/", "/nodes/$node", "/users/$user", "/audit", "/tasks/new", ...paths);
  const field = await screen.findByRole("combobox", { name: "Find anything" });
  return { router, field };
}

const rename = vi.fn();

function PageWithMenu() {
  const [opened, setOpened] = useState(false);
  const menu = (
    <ActionsMenu>
      <Menu.Item onClick={rename}>Rename…</Menu.Item>
    </ActionsMenu>
  );
  return (
    <PageFrame title="gpu-1" actions={menu}>
      <button type="button" onClick={() => setOpened(true)}>
        Find
      </button>
      <Palette opened={opened} close={() => setOpened(false)} />
    </PageFrame>
  );
}

const everything = ["agent:read", "user:read", "audit:read", "task:write"];
const gpu = { id: "n-1", name: "gpu-1", state: "Online", overlay_ip: null };
const ada = { id: "u-1", username: "ada", email: null };

describe("the palette", () => {
  it("opens with Enter what was found first, also when Enter comes before the answer", async () => {
    signedInWith(...everything);
    playApi({ "GET /api/v1/nodes": listed([gpu]), "GET /api/v1/users": listed([]) });
    const { router, field } = await openPalette();
    fireEvent.change(field, { target: { value: "gpu-1" } });
    fireEvent.keyDown(field, { key: "Enter" });
    await waitFor(() => expect(router.state.location.pathname).toBe("/nodes/n-1"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("is a dialog with a name, and a combobox that says which of its options is chosen", async () => {
    signedInWith(...everything);
    const { field } = await openPalette();
    const palette = screen.getByRole("dialog", { name: "Find anything" });
    const chosen = () => within(palette).getByRole("option", { selected: true });
    const first = chosen();
    expect(field.getAttribute("aria-activedescendant")).toBe(first.id);
    expect(field.getAttribute("aria-controls")).toBe(within(palette).getByRole("listbox").id);
    fireEvent.keyDown(field, { key: "ArrowDown" });
    expect(chosen()).not.toBe(first);
    expect(field.getAttribute("aria-activedescendant")).toBe(chosen().id);
    fireEvent.keyDown(field, { key: "ArrowUp" });
    expect(chosen()).toBe(first);
  });

  it("finds people, pages in spite of a slip, and actions", async () => {
    signedInWith(...everything);
    playApi({ "GET /api/v1/users": listed([ada]), "GET /api/v1/nodes": listed([]) });
    const { field } = await openPalette();
    fireEvent.change(field, { target: { value: "ada" } });
    await screen.findByRole("option", { name: "ada" });
    fireEvent.change(field, { target: { value: "audt" } });
    await screen.findByRole("option", { name: "Audit log" });
    fireEvent.change(field, { target: { value: "dark" } });
    await screen.findByRole("option", { name: "Use the dark theme" });
  });
});

describe("what the palette finds", () => {
  it("finds operations, grants, workspaces, providers and the documentation", async () => {
    signedInWith("task:read", "role:read", "workspace:read", "settings:read");
    playApi({
      "GET /api/v1/operations": listed([
        { id: "o-1", name: "spring", kind: "collect_facts", state: "running" },
      ]),
      "GET /api/v1/grants": listed([
        {
          id: "g-1",
          principal: "spring-crew",
          principal_id: "p-1",
          principal_kind: "user",
          role: "operator",
          role_id: "r-1",
          organization: "default",
          workspace: null,
        },
      ]),
      "GET /api/v1/workspaces": listed([
        { id: "w-1", name: "springs", organization: "acme", organization_id: "a-1" },
      ]),
      "GET /api/v1/audit-destinations": listed([{ id: "d-1", name: "spring-siem", target: "siem:6514" }]),
      "GET /api/v1/identity-providers": listed([{ id: "i-1", name: "springlogin", display_name: "" }]),
    });
    const { field, router } = await openPalette("/organizations/$organization");
    fireEvent.change(field, { target: { value: "spring" } });
    await screen.findByRole("option", { name: "spring Running · Collect facts" });
    await screen.findByRole("option", { name: "operator · spring-crew default" });
    await screen.findByRole("option", { name: "springlogin springlogin" });
    await screen.findByRole("option", { name: "spring-siem siem:6514" });
    fireEvent.click(await screen.findByRole("option", { name: "springs acme" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/organizations/a-1"));
  });

  it("finds pages of the documentation", async () => {
    signedInWith();
    const { field, router } = await openPalette("/docs/$page");
    fireEvent.change(field, { target: { value: "join tokens" } });
    fireEvent.click(await screen.findByRole("option", { name: "Join tokens" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/docs/join-tokens"));
  });

  it("offers what the page's menu has, and does it", async () => {
    signedInWith();
    show("/", PageWithMenu, "/");
    fireEvent.click(await screen.findByRole("button", { name: "Find" }));
    const field = await screen.findByRole("combobox", { name: "Find anything" });
    fireEvent.change(field, { target: { value: "ren" } });
    fireEvent.click(await screen.findByRole("option", { name: "Rename…" }));
    expect(rename).toHaveBeenCalledOnce();
  });

  it("offers nothing that one may not do", async () => {
    signedInWith("agent:read");
    const asked = playApi({ "GET /api/v1/nodes": listed([]), "GET /api/v1/edges": listed([]) });
    const { field } = await openPalette();
    fireEvent.change(field, { target: { value: "task" } });
    await screen.findByText(text.common.paletteNothing);
    expect(asked).toEqual(["GET /api/v1/nodes?per_page=7&search=task", "GET /api/v1/edges?per_page=1000"]);
  });
});

it("puts what begins with the letters first", () => {
  const words = ["an audit", "audit log", "account"];
  expect(matching(words, "audit", (word) => word)).toEqual(["audit log", "an audit"]);
  expect(matching(words, "acnt", (word) => word)).toEqual(["account"]);
  expect(matching(words, "xy", (word) => word)).toEqual([]);
  expect(matching(["Secrets and the master key"], "task", (word) => word)).toEqual([]);
});
