import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { text } from "../../text/fleet";
import { NodesPage } from "./NodesPage";

beforeEach(() => {
  pretendBrowser();
  signedInWith("agent:read");
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
});
afterEach(() => {
  vi.restoreAllMocks();
  leave();
});

const metrics = { memory_total_bytes: 4, memory_used_bytes: 1, disk_total_bytes: 4, disk_used_bytes: 3 };
const node = (name: string, version: string, outdated: boolean) => ({
  id: name,
  name,
  state: "Online",
  approval: "approved",
  version,
  outdated,
  labels: {},
  metrics,
  maintenance: null,
  last_seen_at: null,
});
const filters = {
  versions: [
    { version: "0.1.0", nodes: 7, outdated: false },
    { version: "0.0.9", nodes: 2, outdated: true },
    { version: "0.0.8", nodes: 1, outdated: true },
  ],
  systems: [{ os: "Debian 12", nodes: 9 }],
  labels: [{ label: "tier=gold", nodes: 3 }],
};

function open(address: string) {
  const asked = playApi({
    "GET /api/v1/nodes": listed([node("web-1", "0.0.9", true), node("web-2", "0.1.0", false)]),
    "GET /api/v1/node-filters": { body: { data: filters } },
  });
  return { asked, router: show(address, NodesPage, "/nodes", "/nodes/$node", "/nodes/join") };
}

const choices = () => screen.getAllByRole("option", { hidden: true }).map(({ textContent }) => textContent);

describe("the list of nodes", () => {
  it("sorts by load from the top, and marks agents that are older", async () => {
    const { asked } = open("/nodes");
    await screen.findByText("web-1");
    expect(screen.getAllByTitle(text.versions.older)).toHaveLength(1);
    fireEvent.click(screen.getByRole("button", { name: text.nodes.cpu }));
    await waitFor(() => expect(asked.some((each) => each.includes("sort=-cpu"))).toBe(true));
    fireEvent.click(screen.getByRole("button", { name: text.nodes.cpu }));
    await waitFor(() => expect(asked.some((each) => each.includes("sort=cpu"))).toBe(true));
  });

  it("is narrowed to outdated agents, a version, a system; what there is is suggested", async () => {
    const { asked, router } = open("/nodes?version=outdated&os=Debian%2012");
    await screen.findByText("web-1");
    expect(asked.some((each) => each.includes("outdated=true") && each.includes("os=Debian"))).toBe(true);
    expect(asked.every((each) => !each.includes("version=outdated"))).toBe(true);
    const version = screen.getByRole("combobox", { name: text.nodes.agentVersion });
    await waitFor(() => expect((version as HTMLInputElement).value).toBe(text.versions.outdated(3)));
    fireEvent.click(screen.getByRole("combobox", { name: text.table.labelFilter }));
    await waitFor(() => expect(choices()).toContain("tier=gold"));
    fireEvent.click(version);
    fireEvent.click(
      await screen.findByRole("option", { name: text.versions.count("0.0.9", 2), hidden: true }),
    );
    await waitFor(() => expect(router.state.location.search).toMatchObject({ version: "0.0.9" }));
  });
});
