import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { List } from "../../api/collection";
import { leave, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { text } from "../../text";
import { CollectionPage } from "./CollectionPage";
import { isShown, readChoice, toggled } from "./columnChoice";
import { useFilters } from "./filters";
import { isView, readViews, searchOf, withView } from "./savedViews";

const wide = () => true;
const narrow = (wanted: string) => wanted === "any";

describe("the choice of columns", () => {
  const load = { key: "cpu", from: "md" as const };
  const extra = { key: "os", optional: true };

  it("shows what the list has, but for what was chosen", () => {
    expect([isShown(load, {}, wide), isShown(load, {}, narrow), isShown(extra, {}, wide)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isShown(load, { cpu: true }, narrow)).toBe(true);
    expect(isShown(load, { cpu: false }, wide)).toBe(false);
  });

  it("keeps what differs from the list alone", () => {
    const off = toggled(load, {}, wide);
    expect(off).toEqual({ cpu: false });
    expect(toggled(load, off, wide)).toEqual({});
    expect(toggled(extra, off, wide)).toEqual({ cpu: false, os: true });
    expect(toggled(load, {}, narrow)).toEqual({ cpu: true });
  });

  it("takes anything that was stored", () => {
    expect(readChoice('{"a":true,"b":"x"}')).toEqual({ a: true });
    for (const bad of ["", "{", "[]", "null", "3"]) expect(readChoice(bad)).toEqual({});
  });
});

describe("saved views", () => {
  it("keep filters and sorting, not the workspace or what is open", () => {
    expect(
      searchOf({ state: "Offline", sort: "-cpu", workspace: "a/b", tab: "x", label: undefined }),
    ).toEqual({
      state: "Offline",
      sort: "-cpu",
    });
  });

  it("have one name each, in order", () => {
    const view = (name: string, sort = "") => ({ name, search: { sort }, columns: {} });
    const views = withView(withView([view("web")], view("db")), view("web", "name"));
    expect(views).toEqual([view("db"), view("web", "name")]);
    expect(isView(view("x", "name"), { sort: "name", workspace: "a/b" }, {})).toBe(true);
    expect(isView(view("x", "name"), { sort: "name" }, { cpu: false })).toBe(false);
  });

  it("take anything that was stored", () => {
    expect(readViews('[{"name":"a","search":{"x":1,"y":"z"}},{"name":""},3]')).toEqual([
      { name: "a", search: { y: "z" }, columns: {} },
    ]);
    expect(readViews("{")).toEqual([]);
  });
});

interface Row {
  id: string;
  name: string;
  size: string;
  owner: string;
}

const things: List<Row, { state?: string; page?: number; per_page?: number; sort?: string }> = {
  name: "things",
  path: "/api/v1/things",
  list: async ({ state }) => {
    const rows = state ? [] : [{ id: "1", name: "one", size: "5 GiB", owner: "ada" }];
    return { rows, meta: { total: rows.length } };
  },
  all: () => ({ queryKey: ["things"], queryFn: () => things.list({}) }),
};

function Things() {
  return (
    <CollectionPage
      of={things}
      texts={{ title: "Things", emptyTitle: "No things", emptyText: "" }}
      filters={useFilters("state", "sort")}
      columns={[
        { key: "name", header: "Name", sort: "name", cell: ({ name }) => name },
        { key: "size", header: "Size", cell: ({ size }) => size },
        { key: "owner", header: "Owner", optional: true, cell: ({ owner }) => owner },
      ]}
    />
  );
}

describe("the tools of a list", () => {
  beforeEach(() => {
    pretendBrowser();
    signedInWith();
    localStorage.clear();
    vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
    vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    leave();
  });

  const heads = () => screen.getAllByRole("columnheader").map(({ textContent }) => textContent);
  const press = async (name: string) => fireEvent.click(await screen.findByRole("button", { name }));
  const item = (role: string, name: string) => screen.findByRole(role, { name, hidden: true });

  it("turn columns on and off, remember them, and give them back; a view brings filters and columns", async () => {
    const router = show("/things?sort=name", Things, "/things");
    await screen.findByText("one");
    expect(heads()).toEqual(["Name", "Size"]);
    await press(text.table.columns);
    expect((await item("menuitemcheckbox", "Size")).getAttribute("aria-checked")).toBe("true");
    expect(screen.queryByRole("menuitemcheckbox", { name: "Name", hidden: true })).toBeNull();
    fireEvent.click(await item("menuitemcheckbox", "Owner"));
    fireEvent.click(await item("menuitemcheckbox", "Size"));
    await waitFor(() => expect(heads()).toEqual(["Name", "Owner"]));
    expect(localStorage.getItem("nimbus.columns.things")).toBe('{"owner":true,"size":false}');

    await press(text.table.views);
    fireEvent.click(await item("menuitem", `${text.table.saveView}…`));
    const dialog = await screen.findByRole("dialog");
    fireEvent.change(await within(dialog).findByRole("textbox"), { target: { value: "mine" } });
    fireEvent.submit(within(dialog).getByRole("textbox").closest("form") as HTMLFormElement);
    await waitFor(() => expect(localStorage.getItem("nimbus.views.ada.things")).toContain("mine"));

    // Its menu is still open.
    fireEvent.click(await item("menuitem", text.table.resetColumns));
    await waitFor(() => expect(heads()).toEqual(["Name", "Size"]));
    await router.navigate({ to: "/things", search: { state: "gone", workspace: "a/b" } } as never);
    await screen.findByText(text.common.noMatches);
    await press(text.table.views);
    fireEvent.click(await item("menuitemradio", "mine"));
    await waitFor(() => expect(router.state.location.search).toEqual({ sort: "name", workspace: "a/b" }));
    await waitFor(() => expect(heads()).toEqual(["Name", "Owner"]));
  });
});
