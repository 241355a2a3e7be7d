import { screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leave, listed, playApi, pretendBrowser, show, signedInWith } from "../../testing/shown";
import { text } from "../../text/fleet";
import { DisksPanel } from "./DisksPanel";
import { MeshLinks } from "./MeshLinks";
import type { Node } from "./requests";

beforeEach(() => {
  pretendBrowser();
  signedInWith("mesh:read");
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(400);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
});
afterEach(() => {
  vi.restoreAllMocks();
  leave();
});

const pair = (to: string, more: object) => ({
  from: "web-1",
  to,
  path: "direct",
  way: "lan",
  cause: "",
  endpoint: "192.0.2.7:51820",
  rtt_ms: 1.5,
  loss_percent: 0,
  handshake_age_s: 90,
  measured_at: null,
  ...more,
});

describe("a node's mesh links", () => {
  it("say how each peer is reached, and which NAT is in front of the node", async () => {
    const asked = playApi({
      "GET /api/v1/mesh/status": listed([
        pair("db-1", {}),
        pair("db-2", { path: "relayed", way: "relay", cause: "relay", loss_percent: 12.5 }),
        pair("db-3", { path: "down", way: "", cause: "offline", rtt_ms: null, loss_percent: null }),
      ]),
      "GET /api/v1/mesh/network": {
        body: {
          data: {
            kind: "port_per_destination",
            doubled: false,
            message: "",
            heard: [{ by: "db-1", endpoint: "192.0.2.9:4000" }],
          },
        },
      },
    });
    show("/nodes/n-1", () => <MeshLinks node={{ id: "n-1" } as Node} />, "/nodes/$node", "/mesh");
    await screen.findByText(text.meshLinks.networks.port_per_destination);
    screen.getByText(new RegExp(text.meshLinks.heard("db-1", "192.0.2.9:4000")));
    const rows = (await screen.findAllByRole("row")).slice(1).map(({ textContent }) => textContent);
    expect(rows[0]).toContain(text.meshLinks.ways.lan);
    expect(rows[1]).toContain(text.meshLinks.ways.relay);
    expect(rows[1]).toMatch(/1[23] %|12\.5 %/);
    expect(screen.getByTitle(text.meshLinks.causes.offline)).toBeTruthy();
    const [list] = asked.filter((each) => each.startsWith("GET /api/v1/mesh/status"));
    expect(list).toContain("node=n-1");
    expect(list).toContain("outgoing=true");
  });
});

describe("a node's disks", () => {
  const disk = { device: "/dev/sda1", filesystem: "ext4", total_bytes: 2 ** 30, used_bytes: 2 ** 28 };

  it("have what is free, and inodes where they are known", () => {
    const disks = [
      { ...disk, mount: "/", inodes: 100, inodes_used: 25 },
      { ...disk, mount: "/srv" },
    ];
    show("/", () => <DisksPanel node={{ facts: { disks }, facts_at: null } as unknown as Node} />, "/");
    return screen.findByRole("meter", { name: `${text.nodes.inodes} /` }).then((meter) => {
      expect(meter.getAttribute("aria-valuenow")).toBe("25");
      expect(screen.queryByRole("meter", { name: `${text.nodes.inodes} /srv` })).toBeNull();
      expect(screen.getAllByText("768 MiB")).toHaveLength(2);
    });
  });
});
