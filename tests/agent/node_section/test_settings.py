"""What applies of what a node joined with, was told, and has set itself; and what of it is kept."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import trio
import trio.testing

from agent.directory import NodeRecord
from agent.link import LinkDown, Reply
from agent.node_section.applier import NodeApplier
from agent.node_section.desired import DesiredNode
from agent.node_section.settings import OwnSettings, settings_of
from nimbus.protocol.messages import MeshMembership
from nimbus.protocol.node_section import NodeContent, NodeSection, checksum_of
from nimbus.wireguard.keys import generate_private_key, public_key
from tests.kit.agent_state import opened_state

HUB = public_key(generate_private_key())
JOINED = NodeRecord(
    node_id="n1",
    name="a",
    workspace="w",
    agent_api="https://10.0.0.1:8444",
    heartbeat_interval_s=10,
    joined_at=7.5,
    listen_port=40000,
    mesh=MeshMembership("10.0.0.2/24", "joined-key", "192.0.2.1:51820", "10.0.0.1"),
)
TOLD = NodeContent(
    heartbeat_interval_s=3.0,
    agent_api=("https://10.0.0.1:9444", "https://10.0.0.1:8444"),
    public_api=("https://cp.example.org:8443",),
    endpoints=("cp.example.org:51820", "192.0.2.9:1"),
    hub_key=HUB,
    mtu=1300,
    listen_port=51820,
)


def section(content: NodeContent = TOLD, revision: int = 4) -> NodeSection:
    encoded = msgspec.json.encode(content)
    return NodeSection(revision, checksum_of(encoded), msgspec.Raw(encoded))


def test_what_a_node_joined_with_is_the_first_value_and_the_last_resort() -> None:
    first = settings_of(JOINED, None)
    assert (first.record, first.agent_api, first.endpoints, first.mtu) == (
        JOINED,
        ("https://10.0.0.1:8444",),
        ("192.0.2.1:51820",),
        0,
    )
    now = settings_of(JOINED, TOLD)
    assert now.interval_s == 3.0
    assert now.agent_api == ("https://10.0.0.1:9444", "https://10.0.0.1:8444")
    assert now.endpoints == ("cp.example.org:51820", "192.0.2.9:1", "192.0.2.1:51820")
    assert (now.record.listen_port, now.mtu) == (51820, 1300)
    assert now.record.mesh is not None
    assert now.record.mesh.peer_key == HUB
    # An empty list says nothing.
    less = settings_of(JOINED, NodeContent(heartbeat_interval_s=3.0))
    assert (less.agent_api, less.endpoints) == (first.agent_api, first.endpoints)


def test_what_is_set_here_comes_first_then_the_token_then_what_is_told() -> None:
    own = OwnSettings(listen_port=5, mtu=1400)
    both = settings_of(msgspec.structs.replace(JOINED, mtu=1350), TOLD, own)
    assert (both.record.listen_port, both.mtu) == (5, 1400)
    assert settings_of(msgspec.structs.replace(JOINED, mtu=1350), TOLD).mtu == 1350
    # What is said to all may be set otherwise on a machine.
    assert both.alert == ""


def test_an_mtu_that_is_set_for_this_node_comes_before_its_token() -> None:
    joined = msgspec.structs.replace(JOINED, mtu=1350)
    told = msgspec.structs.replace(TOLD, is_own_mtu=True, is_own_port=True)
    assert settings_of(joined, told).mtu == 1300
    assert settings_of(joined, told).alert == ""
    own = settings_of(joined, told, OwnSettings(mtu=1400))
    assert (own.mtu, own.overruled_mtu) == (1400, 1300)
    assert own.alert.endswith(": mtu 1300")
    assert settings_of(joined, told, OwnSettings(listen_port=5)).alert.endswith(": listen_port 51820")


@pytest.mark.parametrize(
    "wrong",
    [
        {"heartbeat_interval_s": 0.0},
        {"heartbeat_interval_s": float("inf")},
        {"mtu": 100},
        {"listen_port": 70000},
        {"hub_key": "none"},
        {"agent_api": ("http://10.0.0.1",)},
    ],
)
def test_what_no_node_can_live_by_is_not_taken(wrong: dict[str, object]) -> None:
    desired = DesiredNode()
    encoded = msgspec.json.encode(msgspec.structs.replace(TOLD, **wrong))
    assert not desired.take(NodeSection(2, checksum_of(encoded), msgspec.Raw(encoded)))
    whole = section()
    assert not desired.take(NodeSection(2, "0" * 32, whole.content))
    assert not desired.take(NodeSection(2, checksum_of(b"{"), msgspec.Raw(b"{")))
    assert (desired.revision, desired.content) == (0, None)


def test_what_an_older_agent_does_not_know_it_passes_over() -> None:
    encoded = msgspec.json.encode({**msgspec.to_builtins(TOLD), "more": {"to": "come"}})
    desired = DesiredNode()
    assert desired.take(NodeSection(2, checksum_of(encoded), msgspec.Raw(encoded)))
    assert desired.content == TOLD


async def test_it_is_there_after_a_start_until_the_node_joins_again(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        state.node.take(section())
        await state.node.store()
    async with opened_state(tmp_path / "s") as state:
        assert (state.node.revision, state.node.content) == (4, TOLD)
    async with opened_state(tmp_path / "s", joined_at=8.0) as state:
        assert (state.node.revision, state.node.content) == (0, None)


class PlayedControlPlane:
    """Stands in for the link; `down`: there is none."""

    def __init__(self) -> None:
        self.told, self.down, self.asked = section(), False, list[str]()

    async def request(self, _method: str, target: str, **_more: object) -> Reply:
        await trio.lowlevel.checkpoint()
        self.asked.append(target)
        if self.down:
            raise LinkDown
        return Reply(200, msgspec.json.encode(self.told))


async def test_a_revision_that_is_named_is_fetched_used_and_named_back() -> None:
    plane, desired, used = PlayedControlPlane(), DesiredNode(), trio.Event()
    applier = NodeApplier("n1", desired, plane, used.set)  # type: ignore[arg-type]
    applier.learn(0)
    assert applier.is_current
    async with trio.open_nursery() as nursery:
        nursery.start_soon(applier.run)
        plane.down = True
        applier.learn(4)
        await trio.testing.wait_all_tasks_blocked()
        assert (applier.applied, applier.is_current) == (0, False)
        plane.down = False
        applier.learn(4)
        with trio.fail_after(5):
            await used.wait()
        assert (applier.applied, applier.is_current, desired.content) == (4, True, TOLD)
        plane.told = msgspec.structs.replace(section(revision=5), checksum="0" * 32)
        applier.learn(5)
        await trio.testing.wait_all_tasks_blocked()
        assert (applier.applied, applier.is_current) == (4, False)
        nursery.cancel_scope.cancel()
    assert set(plane.asked) == {f"/v1/internal/desired/n1/node?revision={revision}" for revision in (0, 4)}
