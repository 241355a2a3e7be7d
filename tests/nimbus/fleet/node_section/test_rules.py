"""What nodes are told of the control plane, and when that has another revision."""

from __future__ import annotations

from pathlib import Path

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.fleet.node_section.rules import content_for
from nimbus.fleet.node_section.service import NodeSections
from nimbus.protocol.node_section import NodeContent
from tests.kit.slices import Slices, slices

IN_MESH = ControlPlaneReach(
    heartbeat_interval_s=10.0,
    agent_api=("https://10.106.103.1:8444",),
    public_api=("https://cp.example.org:8443",),
    proxy_url="https://agents.example.org",
    endpoints=("cp.example.org:51820", "192.0.2.1:51820"),
    hub_key="key",
    mtu=1380,
)
PLAIN = msgspec.structs.replace(
    IN_MESH, agent_api=("https://cp.example.org:8444",), endpoints=(), hub_key="", proxy_url=""
)


def test_a_node_is_told_no_way_that_it_cannot_go() -> None:
    member = content_for(IN_MESH, "mtls", in_mesh=True)
    assert (member.agent_api, member.endpoints, member.hub_key) == (
        IN_MESH.agent_api,
        IN_MESH.endpoints,
        "key",
    )
    assert (member.mtu, member.public_api) == (1380, IN_MESH.public_api)
    # Of several control planes on one database some have no mesh.
    outside = content_for(IN_MESH, "mtls", in_mesh=False)
    assert (outside.agent_api, outside.endpoints, outside.hub_key) == ((), (), "")
    assert content_for(PLAIN, "mtls", in_mesh=True).agent_api == ()
    assert content_for(PLAIN, "mtls", in_mesh=False).agent_api == PLAIN.agent_api
    signing = content_for(IN_MESH, "session-key", in_mesh=False)
    assert (signing.agent_api, signing.endpoints) == (("https://agents.example.org",), ())
    assert content_for(PLAIN, "session-key", in_mesh=True).agent_api == ()


async def told(world: Slices, reach: ControlPlaneReach, node_id: str) -> tuple[int, NodeContent]:
    """As after a start with these settings."""
    sections = NodeSections(world.database, world.nodes, lambda: reach)
    await sections.load()

    def read(tx: Transaction) -> NodeContent:
        section = sections.document(tx, node_id)
        assert section.is_whole
        assert section.revision == sections.revision_of(node_id)
        return msgspec.json.decode(section.content, type=NodeContent)

    return sections.revision_of(node_id), await world.database.read(read)


async def test_other_settings_have_another_revision_and_the_same_ones_the_same(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        first, content = await told(world, PLAIN, node.id)
        assert first == 1
        assert content.heartbeat_interval_s == 10.0
        assert (await told(world, PLAIN, node.id))[0] == 1
        quicker = msgspec.structs.replace(PLAIN, heartbeat_interval_s=3.0)
        second, content = await told(world, quicker, node.id)
        assert (second, content.heartbeat_interval_s) == (2, 3.0)
        assert (await told(world, PLAIN, node.id))[0] == 3
