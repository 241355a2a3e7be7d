"""What is measured in turns: which peers are sent something, and what is told of the others."""

from __future__ import annotations

import time
from typing import Any

import trio

from agent.measuring.measurer import CONTROL_PLANE, Measurer
from agent.operations.echo import Counted
from nimbus.protocol.link_columns import PackedLinks, address_number
from nimbus.protocol.messages import (
    MEASURED_BYTES_LIMIT,
    MEASURED_WAYS_LIMIT,
    MEASURED_WHOLE_LIMIT,
    Link,
    MeshMembership,
    MeshPeer,
    MeshProbeResult,
)
from nimbus.wireguard.model import PeerState

HUB = "10.0.0.1"


class _Mesh:
    """Of peers with sessions of these ages; None: without one."""

    def __init__(self, **ages: float | None) -> None:
        self.membership = MeshMembership("10.0.0.2/16", "key-hub", "192.0.2.1:51820", HUB)
        self.members = {
            name: MeshPeer(name, name, f"key-{name}", f"10.0.{number // 250 + 1}.{number % 250 + 1}")
            for number, name in enumerate(ages)
        }
        now = time.time()
        self.states = {
            f"key-{name}": PeerState(
                f"key-{name}",
                endpoint="192.0.2.9:51820",
                last_handshake=None if age is None else now - age,
                rx_bytes=9,
                tx_bytes=9,
            )
            for name, age in {**ages, "hub": 3.0}.items()
        }
        self.missed: set[str] = set()
        self.asked: list[str] = []

    @property
    def ways(self) -> _Mesh:
        return self

    @property
    def peer_mtus(self) -> _Mesh:
        return self

    def of(self, _node_id: str, /) -> int:
        return 1400

    def is_missed(self, node_id: str) -> bool:
        return node_id in self.missed

    def is_guarded(self, node_id: str) -> bool:
        return node_id == "fresh"

    def way_of(self, node_id: str, _endpoint: str) -> tuple[str, tuple[str, ...]]:
        return "outside", ("192.0.2.9:51820",) if node_id in self.missed else ()

    def relay_of(self, _address: str) -> str:
        return ""

    def mute(self) -> set[str]:
        return {self.members["mute"].address} if "mute" in self.members else set()

    async def echo(self, addresses: list[str], **_how: Any) -> dict[str, Counted]:
        self.asked += addresses
        return {address: Counted(2, 1, 1.5) for address in addresses}

    def told(self, result: MeshProbeResult | None) -> dict[str, Link]:
        assert result is not None
        packed = PackedLinks(result.packed)
        names = {address_number(each.address): name for name, each in self.members.items()}
        names[address_number(HUB)] = CONTROL_PLANE
        found = {names[address]: packed.get(address) for address in packed}
        return {name: link for name, link in found.items() if link} | {
            each.peer: each for each in result.links
        }


async def whole_round(mesh: _Mesh, turns: int) -> dict[str, Link]:
    measurer = Measurer(mesh, "own", lambda: True, mesh.echo)
    for _ in range(turns):
        await measurer.turn()
    return mesh.told(measurer.take())


async def test_nothing_is_sent_where_there_is_no_session_or_one_that_would_be_renewed() -> None:
    mesh = _Mesh(fresh=20.0, never=None, ended=500.0, old=150.0, away=None)
    mesh.missed = {"away"}
    told = await whole_round(mesh, 6)
    assert sorted(mesh.asked) == sorted([HUB, mesh.members["fresh"].address])
    assert {name: link.idle for name, link in told.items()} == {
        CONTROL_PLANE: False,
        "fresh": False,
        "never": True,
        "ended": True,
        "away": False,
    }
    assert (told["fresh"].rtt_ms, told["fresh"].sent, told["fresh"].lost) == (1.5, 2, 1)
    assert [name for name, link in told.items() if link.asked_first] == ["fresh"]
    assert told["fresh"].mtu == 1400
    assert (told["away"].rtt_ms, told["away"].tried) == (None, ("192.0.2.9:51820",))


async def test_whoever_a_policy_keeps_from_answering_is_not_asked_and_loses_nothing() -> None:
    mesh = _Mesh(mute=20.0)
    told = await whole_round(mesh, 2)
    assert mesh.asked == [HUB]
    age = told["mute"].handshake_age_s
    assert (told["mute"].idle, told["mute"].sent, age is not None and 20 <= age < 100) == (False, 0, True)


async def test_the_way_to_the_control_plane_is_never_idle() -> None:
    mesh = _Mesh()
    mesh.states["key-hub"] = PeerState("key-hub")
    told = await whole_round(mesh, 1)
    assert (told[CONTROL_PLANE].idle, told[CONTROL_PLANE].sent) == (False, 0)


async def test_what_no_heartbeat_takes_is_bounded_and_told_with_its_age(autojump_clock: Any) -> None:
    mesh = _Mesh(**{f"n{number}": None for number in range(MEASURED_WAYS_LIMIT + 50)})
    mesh.missed = {f"n{number}" for number in range(MEASURED_WAYS_LIMIT + 50)}
    measurer = Measurer(mesh, "own", lambda: True, mesh.echo)
    with trio.move_on_after(900):
        await measurer.run()
    result = measurer.take()
    assert result is not None
    told = mesh.told(result)
    assert (len(told), len(result.links)) == (MEASURED_WAYS_LIMIT, MEASURED_WHOLE_LIMIT)
    assert len(result.packed) < MEASURED_BYTES_LIMIT
    assert max(link.ago_s for link in told.values()) > 100
    assert measurer.take() is None


async def test_nothing_is_measured_while_it_cannot_be_told(autojump_clock: Any) -> None:
    mesh = _Mesh(fresh=2.0)
    measurer = Measurer(mesh, "own", lambda: False, mesh.echo)
    with trio.move_on_after(300):
        await measurer.run()
    assert (mesh.asked, measurer.take()) == ([], None)
