import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "../../api/queries";
import { leave, pretendBrowser } from "../../testing/shown";
import { FirewallPanel } from "./FirewallPanel";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("../../api/client", async (original) => ({
  ...(await original<typeof import("../../api/client")>()),
  api: { GET: get },
}));
const RULE = {
  id: "r1",
  node_id: "n1",
  node: "web-1",
  resource: "swarm/a",
  protocol: "tcp",
  first_port: 2377,
  last_port: 2377,
  sources: ["overlay"],
  applied: true,
};

function answer(rows: object[]) {
  const data = { data: rows, meta: { page: 1, per_page: 1000, total: rows.length } };
  get.mockResolvedValue({ data, response: new Response() });
}

function open() {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queryClient}>
        <FirewallPanel node="n1" />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

beforeEach(pretendBrowser);
afterEach(leave);

test("the ports of a node's resources, from where they are reached, and whether that is set", async () => {
  const range = { ...RULE, id: "r2", protocol: "udp", first_port: 9000, last_port: 9010, applied: false };
  answer([RULE, { ...range, sources: ["192.0.2.0/24", "overlay"] }]);
  open();
  expect(await screen.findByText("2377/tcp")).toBeTruthy();
  expect(screen.getByText("9000-9010/udp")).toBeTruthy();
  expect(screen.getByText("192.0.2.0/24, overlay")).toBeTruthy();
  expect(screen.getByText("Active")).toBeTruthy();
  expect(screen.getByText("Pending")).toBeTruthy();
  expect(get.mock.calls[0]?.[1]).toMatchObject({ params: { query: { node: "n1" } } });
});

test("a node that opens nothing says so", async () => {
  answer([]);
  open();
  expect(await screen.findByText("No ports are open for resources on this node.")).toBeTruthy();
});
