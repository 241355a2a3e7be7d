import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { List } from "../../api/collection";
import { ApiError } from "../../api/errors";
import { queryClient } from "../../api/queries";
import { CollectionPage } from "./CollectionPage";
import { useRemove } from "./changes";
import { useFilters } from "./filters";
import { ResourcePage } from "./ResourcePage";

// A busy machine takes long to draw the first page.
configure({ asyncUtilTimeout: 15_000 });

interface Group {
  id: string;
  name: string;
}

/** Shows a component at an address of the dashboard; answers the router. */
function open(address: string, Page: () => ReactNode) {
  const root = createRootRoute();
  const routes = ["/groups", "/groups/$group"].map((path) =>
    createRoute({ getParentRoute: () => root, path, component: Page }),
  );
  const router = createRouter({
    routeTree: root.addChildren(routes),
    history: createMemoryHistory({ initialEntries: [address] }),
  });
  render(
    <MantineProvider env="test">
      <ModalsProvider>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router as never} />
        </QueryClientProvider>
      </ModalsProvider>
    </MantineProvider>,
  );
  return router;
}

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({
    matches: true,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
  vi.stubGlobal("scrollTo", vi.fn());
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.unstubAllGlobals();
});

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
  get: (id: string) => ({ queryKey: ["groups", id], queryFn: () => read(id), retry: false }),
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
    const gone = new ApiError({
      status: 404,
      code: "NOT_FOUND",
      message: "There is no such group",
      nextStep: "Look.",
    });
    read.mockRejectedValueOnce(gone);
    open("/groups/g-1", GroupPage);
    await screen.findByText("There is no such group");
    read.mockResolvedValueOnce({ value: { id: "g-1", name: "admins" }, tag: '"7"' });
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("heading", { name: "admins" });
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
    expect(remove.mock.calls).toEqual([
      ["g-1", undefined],
      ["g-1", undefined],
    ]);
  });
});
