"""Where WireGuard sends to the control plane: names, their addresses, and whose turn it is."""

from __future__ import annotations

import pytest

from agent.appliers.hub import PATIENCE_S, USELESS_S, HubEndpoints, addresses_of, is_literal
from nimbus.wireguard.model import PeerState

A, B, C = "192.0.2.1:51820", "192.0.2.2:51820", "[2001:db8::3]:51820"


def state(handshake: float | None, received: int = 0) -> PeerState:
    return PeerState(public_key="k", last_handshake=handshake, rx_bytes=received)


def test_names_are_looked_up_and_unknown_ones_are_not_an_error() -> None:
    assert addresses_of(A) == (A,)
    assert addresses_of(C) == (C,)
    assert set(addresses_of("localhost:51820")) <= {"127.0.0.1:51820", "[::1]:51820"}
    assert addresses_of("localhost:51820")
    for wrong in ("no-such-host.invalid:51820", "127.0.0.1:none", "", ":", "a..b:1", "x" * 300 + ":1"):
        assert addresses_of(wrong) == (), wrong
    assert [is_literal(each) for each in (A, C, "cp.example.org:51820", "")] == [True, True, False, False]


def test_the_next_one_when_nothing_comes_for_fifteen_seconds() -> None:
    hub = HubEndpoints((A, B))
    assert hub.current == A
    assert not hub.look(None, connected=False, now=100.0)
    assert not hub.look(None, connected=False, now=100.0 + PATIENCE_S - 1)
    assert hub.look(None, connected=False, now=100.0 + PATIENCE_S)
    assert hub.current == B
    # Its own fifteen seconds begin with the first look at it; a handshake or a byte begins them anew.
    assert not hub.look(state(None), connected=False, now=120.0)
    assert not hub.look(state(130.0), connected=False, now=134.0)
    assert not hub.look(state(130.0, 92), connected=False, now=148.0)
    assert not hub.look(state(130.0, 92), connected=False, now=162.0)
    assert hub.look(state(130.0, 92), connected=False, now=163.0)
    assert hub.current == A


def test_one_that_answers_stays_and_one_address_is_never_left() -> None:
    hub = HubEndpoints((A, B))
    for now in (0.0, 100.0, 1000.0):
        assert not hub.look(state(0.0), connected=True, now=now)
    alone = HubEndpoints((A,))
    for now in (0.0, 100.0, 1000.0):
        assert not alone.look(None, connected=False, now=now)


def test_a_host_that_only_wireguard_answers_on_is_left_in_the_end() -> None:
    hub = HubEndpoints((A, B))
    now = 0.0
    while not hub.look(state(now, int(now)), connected=False, now=now):
        now += 3.0
    assert now == USELESS_S
    assert hub.current == B


async def test_every_address_of_a_name_is_tried_and_new_ones_are_followed() -> None:
    names: dict[str, tuple[str, ...]] = {"cp.example.org:51820": (A, C)}
    hub = HubEndpoints(("cp.example.org:51820", B), lambda name: names.get(name, ()))
    assert hub.current == B
    assert not await hub.look_up()
    hub.begin()
    assert hub.current == A
    tried = []
    for turn in range(3):
        hub.look(None, connected=False, now=100.0 * turn)
        assert hub.look(None, connected=False, now=100.0 * turn + PATIENCE_S)
        tried.append(hub.current)
    assert tried == [C, B, A]
    # The name server is silent: what it said before stays. It says something else: that is followed.
    names.clear()
    assert not await hub.look_up()
    assert hub.current == A
    names["cp.example.org:51820"] = ("192.0.2.9:51820",)
    assert await hub.look_up()
    assert hub.current == "192.0.2.9:51820"


@pytest.mark.parametrize(("told", "now"), [((B, A), A), ((B,), B), ((C, B), C), (("unknown.invalid:1",), A)])
def test_what_is_told_anew_leaves_an_address_that_is_still_named(told: tuple[str, ...], now: str) -> None:
    hub = HubEndpoints((A,), lambda _name: ())
    hub.use((*told, A), len(told))
    assert hub.current == now


async def test_without_a_name_server_names_lead_where_they_led_before() -> None:
    name = "cp.example.org:51820"
    answers: dict[str, tuple[str, ...]] = {}
    known = {name: (B, A), "gone.example.org:1": (C,), "wrong.example.org:1": ("nonsense",)}
    hub = HubEndpoints((name, "wrong.example.org:1"), lambda each: answers.get(each, ()), known)
    hub.begin()
    await hub.look_up()
    assert (hub.current, hub.found) == (B, {name: (B, A)})
    answers[name] = (C,)
    assert await hub.look_up()
    assert (hub.current, hub.found) == (C, {name: (C,)})


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.1.1", "leads each machine to itself"),
        ("[::1]", "leads each machine to itself"),
        ("0.0.0.0", "is no machine's address"),
        ("10.106.103.1", "lies in the mesh itself (10.106.103.0/24)"),
        ("224.0.0.1", "is a multicast or broadcast address"),
    ],
)
async def test_a_name_that_leads_where_the_control_plane_cannot_be_is_not_followed(
    address: str, reason: str
) -> None:
    names: dict[str, tuple[str, ...]] = {"cp.example.org:51820": (f"{address}:51820",)}
    hub = HubEndpoints((*names, B), lambda name: names[name], overlay="10.106.103.7/24")
    assert not await hub.look_up()
    assert (hub.current, hub.candidates, hub.found) == (B, (B,), {})
    assert f"cp.example.org:51820 leads to {address.strip('[]')}, which {reason}" in hub.alert
    # Beside an address that is good, too; and it is over when the name is mended.
    names["cp.example.org:51820"] = (f"{address}:51820", A)
    await hub.look_up()
    assert hub.candidates == (A, B)
    assert hub.alert
    names["cp.example.org:51820"] = (A,)
    await hub.look_up()
    assert hub.alert == ""


async def test_an_address_that_somebody_has_given_is_taken_as_it_is() -> None:
    hub = HubEndpoints(("127.0.0.1:51820",), overlay="10.106.103.7/24")
    await hub.look_up()
    assert (hub.current, hub.alert) == ("127.0.0.1:51820", "")
