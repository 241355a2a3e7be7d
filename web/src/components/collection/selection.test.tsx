import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { List } from "../../api/collection";
import { queryClient } from "../../api/queries";
import { leave, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { text } from "../../text";
import { Labels } from "../Labels";
import { pairsOf, suggestedLabels, withPair } from "../labelText";
import { CollectionTable } from "./CollectionTable";
import { useFilters } from "./filters";
import { LabelFilter } from "./LabelFilter";
import { Toolbar } from "./Toolbar";
import { useSelection } from "./useSelection";

interface Row {
  id: string;
  name: string;
  labels: Record<string, string>;
}

const ALL: Row[] = Array.from({ length: 130 }, (_, at) => ({ id: `n-${at}`, name: `web-${at}`, labels: {} }));
const nodes: Pick<List<Row, { page?: number; per_page?: number }>, "list" | "name" | "path" | "all"> = {
  name: "nodes",
  path: "/api/v1/nodes",
  list: async ({ page = 1, per_page: perPage = 100 }) => ({
    rows: ALL.slice((page - 1) * perPage, page * perPage),
    meta: { total: ALL.length },
  }),
  all: () => ({ queryKey: ["nodes"], queryFn: async () => ({ rows: ALL, meta: { total: ALL.length } }) }),
};

function Page() {
  const filters = useFilters("label");
  const { chosen, total, select, all, clear } = useSelection(nodes, {});
  return (
    <>
      <Toolbar filters={filters} selection={{ count: chosen.size, total, all, clear, actions: null }}>
        <LabelFilter filters={filters} list="nodes" />
      </Toolbar>
      <CollectionTable
        of={nodes}
        label="Nodes"
        columns={[{ key: "name", header: "Name", cell: ({ name }) => name }]}
        query={{}}
        selected={new Set(chosen.keys())}
        onSelect={select}
        empty="none"
      />
    </>
  );
}

beforeEach(() => {
  pretendBrowser();
  signedInWith();
  // jsdom has no sizes: the rows in view are drawn by these.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
});
afterEach(() => {
  vi.restoreAllMocks();
  leave();
});

describe("choosing rows", () => {
  it("says how many there are in all, and chooses them all when asked", async () => {
    show("/nodes", Page, "/nodes");
    await screen.findByText(text.table.total(130));
    fireEvent.click(screen.getByRole("checkbox", { name: text.common.selectAll }));
    await screen.findByText(text.table.selectedOf(100, 130));
    fireEvent.click(screen.getByRole("button", { name: text.table.selectAll(130) }));
    await screen.findByText(text.common.selected(130));
  });

  it("takes everything between two rows with Shift", async () => {
    show("/nodes", Page, "/nodes");
    fireEvent.click(await screen.findByRole("checkbox", { name: text.common.selectRow("web-1") }));
    fireEvent.click(screen.getByRole("checkbox", { name: text.common.selectRow("web-4") }), {
      shiftKey: true,
    });
    await screen.findByText(text.table.selectedOf(4, 130));
  });
});

describe("the filter by labels", () => {
  const field = () => screen.findByRole("combobox", { name: text.table.labelFilter });
  const addressed = (label: string | undefined) => ({ label });

  it("waits for a whole pair, and takes several", async () => {
    const router = show("/nodes", Page, "/nodes");
    (await field()).focus();
    fireEvent.change(await field(), { target: { value: "tier" } });
    fireEvent.keyDown(await field(), { key: "Enter" });
    await screen.findByText(text.common.labelWrong("tier"));
    expect(router.state.location.search).toEqual({});
    fireEvent.change(await field(), { target: { value: "tier=gpu" } });
    fireEvent.keyDown(await field(), { key: "Enter" });
    await waitFor(() => expect(router.state.location.search).toMatchObject(addressed("tier=gpu")));
    fireEvent.change(await field(), { target: { value: "zone=fra" } });
    fireEvent.keyDown(await field(), { key: "Enter" });
    await waitFor(() => expect(router.state.location.search).toMatchObject(addressed("tier=gpu,zone=fra")));
  });

  it("suggests the labels of what was loaded", async () => {
    queryClient.setQueryData(["nodes", "list"], { rows: [{ ...ALL[0], labels: { tier: "gold" } }] });
    show("/nodes", Page, "/nodes");
    fireEvent.focus(await field());
    fireEvent.click(await field());
    await screen.findByRole("option", { name: "tier=gold", hidden: true });
  });
});

it("narrows a list by a click on a label", async () => {
  const router = show(
    "/nodes?label=zone%3Dfra",
    () => <Labels labels={{ tier: "gpu" }} oneLine list="/nodes" />,
    "/nodes",
  );
  fireEvent.click(await screen.findByRole("link"));
  await waitFor(() => expect(router.state.location.search).toEqual({ label: "zone=fra,tier=gpu" }));
});

it("knows pairs, and which labels are frequent", () => {
  expect(pairsOf("tier=gpu,zone")).toEqual(["tier=gpu"]);
  expect(withPair("tier=gpu,zone=fra", "zone=hel")).toBe("tier=gpu,zone=hel");
  const rows = [{ labels: { a: "1" } }, { labels: { a: "1", b: "2" } }];
  expect(
    suggestedLabels([
      ["key", { rows }],
      ["other", undefined],
    ]),
  ).toEqual(["a=1", "b=2"]);
});
