"""What nodes are told of the control plane, and when that has another revision."""

from __future__ import annotations

from pathlib import Path

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.fleet.node_section.rules import content_for
from nimbus.fleet.node_section.service import NodeSections
from nimbus.fleet.nodes.records import NodePatch
from nimbus.kernel.routing import Target
from nimbus.protocol.node_section import NodeContent
from tests.kit.records import ADMIN, node
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
MEMBER = node("n1", "w", overlay_ip="10.0.0.2")
OUTSIDE = node("n2", "w")
SIGNING = node("n3", "w", auth="session-key")


def test_a_node_is_told_no_way_that_it_cannot_go() -> None:
    member = content_for(IN_MESH, MEMBER)
    assert (member.agent_api, member.endpoints, member.hub_key) == (
        IN_MESH.agent_api,
        IN_MESH.endpoints,
        "key",
    )
    assert (member.mtu, member.public_api) == (1380, IN_MESH.public_api)
    # Of several control planes on one database some have no mesh.
    outside = content_for(IN_MESH, OUTSIDE)
    assert (outside.agent_api, outside.endpoints, outside.hub_key) == ((), (), "")
    assert content_for(PLAIN, MEMBER).agent_api == ()
    assert content_for(PLAIN, OUTSIDE).agent_api == PLAIN.agent_api
    signing = content_for(IN_MESH, SIGNING)
    assert (signing.agent_api, signing.endpoints) == (("https://agents.example.org",), ())
    assert content_for(PLAIN, msgspec.structs.replace(SIGNING, overlay_ip="10.0.0.2")).agent_api == ()


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
        joined = await world.add_node()
        first, content = await told(world, PLAIN, joined.id)
        assert first == 1
        assert content.heartbeat_interval_s == 10.0
        assert (await told(world, PLAIN, joined.id))[0] == 1
        quicker = msgspec.structs.replace(PLAIN, heartbeat_interval_s=3.0)
        second, content = await told(world, quicker, joined.id)
        assert (second, content.heartbeat_interval_s) == (2, 3.0)
        assert (await told(world, PLAIN, joined.id))[0] == 3


def test_what_is_set_for_one_node_comes_before_what_is_said_to_all() -> None:
    plain = content_for(IN_MESH, MEMBER)
    assert (plain.mtu, plain.is_own_mtu, plain.listen_port) == (1380, False, 0)
    own = content_for(IN_MESH, msgspec.structs.replace(MEMBER, wanted_mtu=1300, wanted_port=51900))
    assert (own.mtu, own.is_own_mtu, own.listen_port) == (1300, True, 51900)


async def test_what_is_set_for_one_node_raises_its_revision_and_no_others(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        one, other = await world.add_node("a", overlay_ip="10.0.0.2"), await world.add_node("b")
        sections = NodeSections(world.database, world.nodes, lambda: IN_MESH)
        sections.subscribe(world.bus)
        await sections.load()
        for expected, patch in (
            (2, NodePatch(wanted_mtu=1300)),
            (3, NodePatch(wanted_port=51900)),
            (3, NodePatch(wanted_port=51900, maintenance=True)),
            (4, NodePatch(wanted_mtu=0)),
        ):
            await world.nodes.change(ADMIN, Target("a"), patch)
            section = await world.database.read(lambda tx: sections.document(tx, one.id))
            assert (sections.revision_of(one.id), section.revision) == (expected, expected)
        assert sections.revision_of(other.id) == 1
        # It is as high after the next start.
        assert (await told(world, IN_MESH, one.id))[0] == 4
