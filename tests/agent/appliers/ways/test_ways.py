"""What is done about the ways to other members, on a tunnel that is played."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.appliers.ways.own_endpoints import OwnAddress
from agent.appliers.ways.ways import KEEPALIVE_S, Ways, next_look_s
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.model import PeerState

OWN = [OwnAddress("eth0", "192.168.1.10", 24)]
ME = MeshPeer("me", "me", "key-me", "10.0.0.2", "198.51.100.7:4000", more_endpoints=("192.168.1.10:4000",))


class PlayedRelays:
    def __init__(self) -> None:
        self.is_open = True
        self.opened: dict[str, str] = {}
        self.closed: list[str] = []

    def endpoint_for(self, address: str, /) -> str:
        return self.opened.setdefault(address, f"127.0.0.1:{9000 + len(self.opened)}")

    def close(self, address: str, /) -> None:
        self.closed.append(address)


class PlayedTunnel:
    """Peers are silent unless a test says that something came."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.relays = PlayedRelays()
        self.ways = Ways(self.relays, open_sessions=self._open)
        self.members: dict[str, MeshPeer] = {"me": ME}
        self.states: dict[str, PeerState] = {}
        self.moved: list[set[str]] = []
        self.probed: list[tuple[str, ...]] = []
        self.ways.use(ME, OWN)

    def _open(self, addresses: Iterable[str]) -> None:
        self.opened += addresses

    def add(self, name: str, seen: str, *more: str) -> str:
        """A member; where WireGuard sends first."""
        number = len(self.members) + 2
        peer = MeshPeer(name, name, f"key-{name}", f"10.0.0.{number}", seen, more_endpoints=more)
        self.members[name] = peer
        self.ways.take_in([peer])
        endpoint, _ = self.choice(name)
        self.states[peer.public_key] = PeerState(peer.public_key, endpoint=endpoint)
        return endpoint

    def passes(
        self, name: str, *, sent: int = 0, received: int = 0, shook: bool = False, at: str = ""
    ) -> None:
        state = self.states[f"key-{name}"]
        self.states[f"key-{name}"] = PeerState(
            state.public_key,
            endpoint=at or state.endpoint,
            last_handshake=time.time() if shook else state.last_handshake,
            rx_bytes=state.rx_bytes + received,
            tx_bytes=state.tx_bytes + sent,
        )

    def forget_session(self, name: str) -> None:
        state = self.states[f"key-{name}"]
        self.states[f"key-{name}"] = PeerState(
            state.public_key, endpoint=state.endpoint, rx_bytes=state.rx_bytes, tx_bytes=state.tx_bytes
        )

    async def peer_states(self) -> dict[str, PeerState]:
        return self.states

    async def set_ways(self, moved: Collection[str]) -> None:
        self.moved.append(set(moved))
        for name, member in self.members.items():
            if name != "me" and member.public_key in moved:
                self.passes(name, at=self.choice(name)[0])

    async def probe(self, _key: str, _address: str, endpoints: Sequence[str]) -> None:
        self.probed.append(tuple(endpoints))

    def choice(self, name: str) -> tuple[str, int]:
        return self.ways.choices.get(name, (self.members[name].endpoint, 0))

    def keepalive(self, name: str) -> int:
        return self.choice(name)[1]

    async def look(self) -> bool:
        return await self.ways.look(self)


async def until_relayed(tunnel: PlayedTunnel, name: str, clock: MockClock) -> None:
    for _ in range(20):
        tunnel.passes(name, sent=148)
        await tunnel.look()
        if tunnel.relays.opened:
            return
        clock.jump(2)
    raise AssertionError("not relayed within 40 s")


@pytest.mark.usefixtures("mock_clock")
async def test_where_wireguard_sends_first_and_that_it_stays_there() -> None:
    tunnel = PlayedTunnel()
    assert tunnel.add("near", "198.51.100.7:5000", "192.168.1.11:5000") == "192.168.1.11:5000"
    assert tunnel.add("far", "203.0.113.5:5000", "192.168.1.12:5000") == "203.0.113.5:5000"
    near = tunnel.members["near"]
    # Seen elsewhere, but still on this network: nothing is torn down.
    moved = MeshPeer(
        "near", "near", near.public_key, near.address, "203.0.113.9:1", more_endpoints=near.more_endpoints
    )
    tunnel.ways.take_in([moved])
    assert tunnel.choice("near")[0] == "192.168.1.11:5000"
    gone = MeshPeer("near", "near", near.public_key, near.address, "203.0.113.9:1")
    tunnel.members["near"] = gone
    tunnel.ways.take_in([gone])
    assert tunnel.choice("near")[0] == "203.0.113.9:1"


async def test_keepalive_only_where_an_address_is_translated_and_never_on_the_lan(
    mock_clock: MockClock,
) -> None:
    tunnel = PlayedTunnel()
    tunnel.add("near", "198.51.100.7:5000", "192.168.1.11:5000")
    tunnel.add("far", "203.0.113.5:5000")
    for name in ("near", "far"):
        tunnel.passes(name, sent=148, received=92, shook=True)
    await tunnel.look()
    assert (tunnel.keepalive("near"), tunnel.keepalive("far")) == (0, KEEPALIVE_S)
    # Not to have another endpoint: only the keepalive is told.
    assert tunnel.moved == [set()]
    public = PlayedTunnel()
    public.ways.use(ME, [OwnAddress("eth0", "198.51.100.7", 24)])
    public.add("far", "203.0.113.5:5000")
    public.passes("far", sent=148, received=92, shook=True)
    await public.look()
    assert public.keepalive("far") == 0


async def test_who_does_not_answer_is_sought_then_relayed_and_direct_again(mock_clock: MockClock) -> None:
    tunnel = PlayedTunnel()
    tunnel.add("far", "203.0.113.5:5000")
    seeks: list[bool] = []
    tunnel.ways.on_seek = lambda: seeks.append(True)
    assert not await tunnel.look()
    tunnel.passes("far", sent=148)
    assert await tunnel.look()
    assert (tunnel.ways.take_sought(), seeks) == (("far",), [True])
    assert tunnel.ways.take_sought() == ()
    await until_relayed(tunnel, "far", mock_clock)
    relay = tunnel.relays.opened[tunnel.members["far"].address]
    assert tunnel.choice("far")[0] == relay
    assert tunnel.ways.way_of("far", relay) == ("relay", ("203.0.113.5:5000",))
    tunnel.passes("far", sent=200, received=200, shook=True)
    await tunnel.look()
    mock_clock.jump(6)
    await tunnel.look()
    assert tunnel.probed == [("203.0.113.5:5000",)]
    # Heard from there: WireGuard has followed.
    tunnel.passes("far", received=32, at="203.0.113.5:5000")
    await tunnel.look()
    assert tunnel.relays.closed == [tunnel.members["far"].address]
    assert tunnel.choice("far")[0] == "203.0.113.5:5000"
    assert tunnel.ways.way_of("far", "203.0.113.5:5000")[0] == "outside"


async def test_who_is_called_sends_and_does_not_call_back(mock_clock: MockClock) -> None:
    tunnel = PlayedTunnel()
    tunnel.add("far", "203.0.113.5:5000")
    tunnel.relays.is_open = False
    tunnel.ways.called(["far", "stranger"])
    await tunnel.look()
    assert tunnel.opened == [tunnel.members["far"].address]
    tunnel.passes("far", sent=148)
    await tunnel.look()
    assert tunnel.ways.take_sought() == ()
    mock_clock.jump(30)
    tunnel.passes("far", sent=148)
    await tunnel.look()
    assert tunnel.ways.take_sought() == ("far",)


async def test_a_member_that_is_gone_is_not_relayed_any_more(mock_clock: MockClock) -> None:
    tunnel = PlayedTunnel()
    tunnel.add("far", "203.0.113.5:5000")
    await until_relayed(tunnel, "far", mock_clock)
    address = tunnel.members.pop("far").address
    await tunnel.look()
    assert tunnel.relays.closed == [address]
    assert tunnel.ways.way_of("far", "203.0.113.5:5000") == ("", ())


@pytest.mark.usefixtures("mock_clock")
async def test_a_peer_that_comes_by_a_relay_stays_there_when_the_device_is_told_anew() -> None:
    tunnel = PlayedTunnel()
    tunnel.add("far", "203.0.113.5:5000")
    tunnel.passes("far", received=148, sent=92, shook=True, at="127.0.0.1:9999")
    await tunnel.look()
    assert tunnel.choice("far") == ("127.0.0.1:9999", 0)


@pytest.mark.usefixtures("autojump_clock")
async def test_the_loop_looks_soon_when_somebody_calls_and_goes_on_after_a_failure() -> None:
    tunnel = PlayedTunnel()
    tunnel.add("far", "203.0.113.5:5000")
    looks = 0

    async def failing() -> dict[str, PeerState]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError(5, "a device that fails")
        return tunnel.states

    tunnel.peer_states = failing  # type: ignore[method-assign]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tunnel.ways.run, tunnel)
        with trio.fail_after(60):
            while looks < 3:
                await trio.sleep(0.5)
        before = trio.current_time()
        tunnel.ways.called(["far"])
        with trio.fail_after(60):
            while not tunnel.opened:
                await trio.sleep(0.01)
        assert trio.current_time() < before + 1
        nursery.cancel_scope.cancel()


@pytest.mark.usefixtures("mock_clock")
async def test_who_is_behind_a_nat_is_asked_to_send_first_by_who_is_behind_none() -> None:
    tunnel = PlayedTunnel()
    tunnel.add("home", "203.0.113.5:5000", "192.168.1.12:5000")
    tunnel.add("public", "203.0.113.6:5000", "203.0.113.6:5000")
    tunnel.add("older", "203.0.113.7:5000")
    others = [tunnel.members[name] for name in ("home", "public", "older")]
    # This node is behind one itself.
    assert tunnel.ways.ask_first(others) == set()
    tunnel.ways.use(ME, [OwnAddress("eth0", "198.51.100.7", 24)])
    assert tunnel.ways.ask_first(others) == {"home"}
    assert tunnel.ways.take_sought() == ("home",)


@pytest.mark.usefixtures("mock_clock")
async def test_where_wireguard_has_followed_a_peer_to_is_kept_when_others_see_it_elsewhere() -> None:
    tunnel = PlayedTunnel()
    tunnel.add("far", "203.0.113.5:5000")
    tunnel.add("near", "203.0.113.6:5000")
    tunnel.passes("far", sent=148, received=92, shook=True, at="203.0.113.5:40001")
    tunnel.passes("near", sent=148, received=92, shook=True)
    await tunnel.look()
    for port in (5001, 5002):
        for name, host in (("far", "203.0.113.5"), ("near", "203.0.113.6")):
            tunnel.members[name] = msgspec.structs.replace(tunnel.members[name], endpoint=f"{host}:{port}")
            tunnel.ways.take_in([tunnel.members[name]])
        assert tunnel.choice("far")[0] == "203.0.113.5:40001"
        assert tunnel.choice("near")[0] == f"203.0.113.6:{port}"


@pytest.mark.parametrize(
    ("spent", "is_busy", "wait"),
    [(0.0, False, 2.0), (0.0, True, 1.0), (0.1, False, 10.0), (0.1, True, 1.0), (0.5, True, 5.0)],
)
def test_a_slow_machine_looks_less_often_but_seeks_on(spent: float, is_busy: bool, wait: float) -> None:
    assert next_look_s(spent, is_busy=is_busy) == wait
