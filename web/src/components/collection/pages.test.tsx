import { fireEvent, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { List } from "../../api/collection";
import { ApiError } from "../../api/errors";
import { queryClient } from "../../api/queries";
import { leave, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { CollectionPage } from "./CollectionPage";
import { useRemove } from "./changes";
import { useFilters } from "./filters";
import { ResourcePage } from "./ResourcePage";

interface Group {
  id: string;
  name: string;
}

const open = (address: string, Page: () => ReactNode) =>
  show(address, Page, "/groups", "/groups/$group", "/audit");

beforeEach(() => {
  pretendBrowser();
  signedInWith("audit:read");
});
afterEach(leave);

const list = vi.fn(async (_query: object) => ({ rows: [] as Group[], meta: { total: 0 } }));
const groupList: List<Group, { page?: number; per_page?: number; state?: string; sort?: string }> = {
  name: "groups",
  path: "/api/v1/groups",
  list,
  all: () => ({ queryKey: ["groups"], queryFn: () => list({}) }),
};
const texts = { title: "Groups", search: "Name", emptyTitle: "No groups yet", emptyText: "Make one." };

function GroupsPage() {
  return (
    <CollectionPage
      of={groupList}
      texts={texts}
      filters={useFilters("search", "state", "sort")}
      wordsOf={({ name }) => [name]}
      columns={[{ key: "name", header: "Name", sort: "name", link: true, cell: ({ name }) => name }]}
      create={<button type="button">New group</button>}
    />
  );
}

describe("the page of a collection", () => {
  afterEach(() => list.mockClear());

  it("asks for what the address says, without empty words", async () => {
    open("/groups?state=valid", GroupsPage);
    await screen.findByText("No results");
    expect(list.mock.calls).toEqual([[{ state: "valid", page: 1, per_page: 100 }]]);
  });

  it("offers to create one where there is none", async () => {
    open("/groups", GroupsPage);
    await screen.findByText("No groups yet");
    expect(screen.getAllByRole("button", { name: "New group" })).toHaveLength(2);
  });

  it("searches the rows itself, and not by the API", async () => {
    list.mockResolvedValueOnce({ rows: [{ id: "g-1", name: "admins" }], meta: { total: 1 } });
    open("/groups?search=nobody", GroupsPage);
    await screen.findByText("No results");
    expect(list.mock.calls).toEqual([[{ page: 1, per_page: 1000 }]]);
  });
});

const read = vi.fn<(id: string) => Promise<{ value: Group; tag: string }>>();
const remove = vi.fn(async (_id: string) => undefined);
const groups = {
  name: "groups",
  param: "group",
  get: (id: string) => ({ queryKey: ["groups", "resource", id], queryFn: () => read(id), retry: false }),
  remove,
};

function GroupPage() {
  const askToRemove = useRemove(groups);
  return (
    <ResourcePage of={groups} listTitle="Groups" title={({ name }) => name}>
      {({ id, name }, tag) => (
        <button
          type="button"
          onClick={() => askToRemove(id, { title: "Delete", consequences: "", typed: name })}
        >
          {tag}
        </button>
      )}
    </ResourcePage>
  );
}

describe("the page of a resource", () => {
  afterEach(() => {
    read.mockReset();
    remove.mockReset();
  });

  it("loads what the address names, with its tag", async () => {
    read.mockResolvedValueOnce({ value: { id: "g-1", name: "admins" }, tag: '"7"' });
    open("/groups/g-1", GroupPage);
    await screen.findByRole("heading", { name: "admins" });
    expect(read.mock.calls).toEqual([["g-1"]]);
    expect(screen.getByText('"7"')).toBeDefined();
    expect(screen.getByRole("link", { name: "Groups" }).getAttribute("href")).toBe("/groups");
  });

  it("says why it cannot be had, and tries again when asked", async () => {
    const failure = new ApiError({ status: 500, code: "INTERNAL", message: "It broke" });
    read.mockRejectedValueOnce(failure);
    open("/groups/g-1", GroupPage);
    await screen.findByText("It broke");
    read.mockResolvedValueOnce({ value: { id: "g-1", name: "admins" }, tag: '"7"' });
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("heading", { name: "admins" });
  });

  const gone = new ApiError({ status: 404, code: "NOT_FOUND", message: "there is no group 'g-1'" });

  it("of what does not exist leads to the list, and does not offer to try again", async () => {
    read.mockRejectedValueOnce(gone);
    open("/groups/g-1", GroupPage);
    await screen.findByRole("heading", { level: 1, name: "This does not exist" });
    expect(screen.getByRole("link", { name: "Go to Groups" }).getAttribute("href")).toBe("/groups");
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });

  it("of what was deleted meanwhile does not go on looking alive", async () => {
    read.mockResolvedValueOnce({ value: { id: "g-1", name: "admins" }, tag: '"7"' });
    open("/groups/g-1", GroupPage);
    await screen.findByText('"7"');
    read.mockRejectedValueOnce(gone);
    await queryClient.invalidateQueries({ queryKey: ["groups"] });
    await screen.findByRole("heading", { level: 1, name: "admins was deleted" });
    expect(screen.queryByText('"7"')).toBeNull();
    expect(screen.getByRole("link", { name: "Audit entries" }).getAttribute("href")).toBe(
      "/audit?resource=g-1",
    );
  });

  it("is left for the list when the resource was removed, and kept when it could not be", async () => {
    read.mockResolvedValue({ value: { id: "g-1", name: "admins" }, tag: '"7"' });
    const router = open("/groups/g-1", GroupPage);
    fireEvent.click(await screen.findByText('"7"'));
    const confirm = await screen.findByRole("button", { name: "Delete" });
    expect(confirm).toHaveProperty("disabled", true);
    fireEvent.change(screen.getByLabelText("Type admins to confirm"), { target: { value: "admins" } });
    remove.mockRejectedValueOnce(new ApiError({ status: 409, code: "IN_USE", message: "It is in use" }));
    fireEvent.click(confirm);
    await screen.findByText("It is in use");
    expect(router.state.location.pathname).toBe("/groups/g-1");
    fireEvent.click(screen.getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/groups"));
    await waitFor(() => expect(queryClient.getQueryData(["groups", "resource", "g-1"])).toBeUndefined());
    expect(remove.mock.calls).toEqual([
      ["g-1", undefined],
      ["g-1", undefined],
    ]);
  });
});
