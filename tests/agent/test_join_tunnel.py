"""The tunnel that a machine joins through: every address of the control plane has its turn."""

from __future__ import annotations

from typing import Any, cast

import pytest

from agent import join_tunnel
from agent.doctor import JoinFailed
from agent.join_tunnel import JoinTunnel, Ways, find_ways
from nimbus.protocol.join_token import MeshInvitation
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import PeerState
from tests.nimbus.wireguard.simulated_device import SimulatedDevice

A, B = "192.0.2.1:51820", "192.0.2.2:51821"
HUB = public_key(generate_private_key())
INVITATION = MeshInvitation(generate_private_key(), "10.0.0.9/24", HUB, A, "10.0.0.1", more_endpoints=(B,))


class Device(SimulatedDevice):
    """Shakes hands with the control plane where `answers` says that it is; `tried` is where it was looked for."""

    def __init__(self, answers: str) -> None:
        super().__init__("nimbus0")
        self.answers = answers
        self.tried: list[str] = []

    def read_peers(self) -> dict[str, PeerState]:
        endpoint = self.read().peers[HUB].endpoint
        if endpoint and endpoint not in self.tried:
            self.tried.append(endpoint)
        return {HUB: PeerState(public_key=HUB, last_handshake=1.0 if endpoint == self.answers else None)}


def tunnel(device: Device, *addresses: str, mtu: int = 1400) -> JoinTunnel:
    ways = Ways(dict(zip(addresses, addresses, strict=True)), mtu)
    made = JoinTunnel(cast("Any", device), INVITATION, "nimbus0", 40000, ways)
    assert made.open(addresses[0]) == 40000
    return made


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HANDSHAKE_TIMEOUT_S", "HANDSHAKE_OF_SEVERAL_S"):
        monkeypatch.setattr(join_tunnel, name, 0.05)
    monkeypatch.setattr(join_tunnel, "HANDSHAKE_DOUBT_S", 0.0)
    monkeypatch.setattr(join_tunnel, "_POLL_S", 0.001)


def test_the_one_that_answers_is_found() -> None:
    device, doubts = Device(answers=B), list[bool]()
    assert tunnel(device, A, B).first_that_answers(lambda: doubts.append(True)) == B
    assert device.tried == [A, B]
    assert doubts == [True], "asked outside once, however many are tried"
    assert (device.mtu, device.owners) == (1400, {"10.0.0.1/32": HUB})


def test_where_none_answers_all_are_named() -> None:
    with pytest.raises(JoinFailed, match=f"{A}, {B}") as failed:
        tunnel(Device(answers=""), A, B).first_that_answers(lambda: None)
    assert failed.value.code == "UDP_BLOCKED"


def test_names_without_an_address_are_passed_over_unless_there_is_nothing_else() -> None:
    assert find_ways(("no-such-host.invalid:1", A, A), 0).by_address == {A: A}
    with pytest.raises(JoinFailed, match="no-such-host") as failed:
        find_ways(("no-such-host.invalid:1",), 0)
    assert failed.value.code == "ENDPOINT_UNKNOWN"
    with pytest.raises(JoinFailed) as failed:
        find_ways(("localhost:1",), 0, "10.106.103.5/24")
    assert failed.value.code == "ENDPOINT_UNKNOWN"
    assert "localhost:1 leads to" in failed.value.message
    assert "leads each machine to itself" in failed.value.message
