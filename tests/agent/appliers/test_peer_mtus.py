"""Ways to single members that carry less: found where there is traffic, undone when the way changes."""

from __future__ import annotations

import msgspec
import pytest
import trio
import trio.testing

from agent.appliers.peer_mtus import AGAIN_S, LEAST_SENT, PeerMtus
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.model import PeerState

MTU = 1420
HERE, THERE, RELAY = "192.0.2.1:51820", "198.51.100.1:51820", "127.0.0.1:4000"


class Tunnel:
    interface_mtu = MTU

    def __init__(self) -> None:
        self.members = {"n": MeshPeer("n", "n", "key", "10.1.0.3")}
        self.state = PeerState("key", endpoint=HERE, last_handshake=1.0, rx_bytes=92, tx_bytes=148)
        self.verified: list[dict[str, int]] = []
        # What the way carries; None: nothing is answered.
        self.carries: list[int | None] = [MTU]
        self.asked = 0
        self.mtus = PeerMtus(self.probe)

    async def peer_states(self) -> dict[str, PeerState]:
        return {"key": self.state}

    async def verify(self) -> None:
        self.verified.append(self.mtus.routes)

    async def probe(self, address: str, most: int) -> int | None:
        assert (address, most) == ("10.1.0.3", MTU)
        self.asked += 1
        return self.carries.pop(0) if len(self.carries) > 1 else self.carries[0]

    def sends(self, number: int = LEAST_SENT) -> None:
        self.state = msgspec.structs.replace(self.state, tx_bytes=self.state.tx_bytes + number)

    async def look(self) -> None:
        await self.mtus.look(self)


@pytest.fixture
def tunnel() -> Tunnel:
    return Tunnel()


async def test_nobody_without_traffic_is_asked(tunnel: Tunnel) -> None:
    await tunnel.look()
    tunnel.sends(LEAST_SENT - 1)
    await tunnel.look()
    assert (tunnel.asked, tunnel.verified) == (0, [])
    tunnel.sends(1)
    await tunnel.look()
    assert (tunnel.asked, tunnel.verified) == (1, [])


@pytest.mark.parametrize(
    ("field", "value"), [("endpoint", None), ("endpoint", RELAY), ("last_handshake", None)]
)
async def test_nobody_is_asked_by_a_relay_or_without_a_session(
    tunnel: Tunnel, field: str, value: object
) -> None:
    tunnel.state = msgspec.structs.replace(tunnel.state, **{field: value})
    await tunnel.look()
    tunnel.sends()
    await tunnel.look()
    assert tunnel.asked == 0


async def test_a_narrow_way_gets_a_route_until_it_is_another(tunnel: Tunnel) -> None:
    tunnel.carries = [1204, 1200]
    await tunnel.look()
    tunnel.sends()
    await tunnel.look()
    assert tunnel.verified == [{"10.1.0.3/32": 1204}]
    assert tunnel.mtus.of("n") == 1204
    tunnel.state = msgspec.structs.replace(tunnel.state, endpoint=THERE)
    await tunnel.look()
    assert tunnel.verified[1:] == [{}]
    assert (tunnel.mtus.of("n"), tunnel.mtus.of("other")) == (0, 0)


async def test_a_member_that_goes_takes_its_route_along(tunnel: Tunnel) -> None:
    tunnel.carries = [1204]
    await tunnel.look()
    tunnel.sends()
    await tunnel.look()
    tunnel.members = {}
    await tunnel.look()
    assert tunnel.verified == [{"10.1.0.3/32": 1204}, {}]


@pytest.mark.parametrize("carries", [[1000, MTU], [None], [MTU]])
async def test_what_was_lost_by_chance_or_is_not_answered_narrows_nothing(
    tunnel: Tunnel, carries: list[int | None]
) -> None:
    tunnel.carries = carries
    await tunnel.look()
    tunnel.sends()
    await tunnel.look()
    assert (tunnel.verified, tunnel.mtus.routes) == ([], {})


async def test_it_is_measured_again_later_where_there_is_traffic(
    tunnel: Tunnel, autojump_clock: trio.testing.MockClock
) -> None:
    tunnel.carries = [1204]
    await tunnel.look()
    tunnel.sends()
    await tunnel.look()
    asked = tunnel.asked
    tunnel.sends()
    await tunnel.look()
    assert tunnel.asked == asked
    await trio.sleep(AGAIN_S)
    tunnel.carries = [MTU]
    await tunnel.look()
    assert tunnel.verified == [{"10.1.0.3/32": 1204}, {}]
