import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

async function openPalette() {
  const router = show("/", Page, "/", "/nodes/$node", "/users/$user", "/audit", "/tasks/new");
  const field = await screen.findByRole("combobox", { name: "Find anything" });
  return { router, field };
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
});
