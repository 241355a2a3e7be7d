"""In which order ports, the device and the disk are told, and what a kill between two of them leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.appliers.mesh import MeshApplier
from agent.state.desired_mesh import DesiredMesh
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshPeer, MeshPorts
from nimbus.wireguard.keys import generate_private_key, public_key
from tests.agent.appliers.test_mesh import HUB, applier_on, whole
from tests.agent.mesh_ports.simulated_nft import SimulatedNft
from tests.kit.agent_state import opened_state
from tests.nimbus.wireguard.simulated_device import SimulatedDevice

SHELL, WEB = MeshPorts(incoming=("tcp/22",)), MeshPorts(outgoing=("tcp/80",))
ADDRESS = "10.0.0.4"
PEER = MeshPeer("other", "other", public_key(generate_private_key()), ADDRESS, "192.0.2.9:1")


def told(revision: int, *members: tuple[MeshPeer, MeshPorts | None]) -> MeshDelta:
    named = tuple(msgspec.structs.replace(peer, ports=ports.id if ports else "") for peer, ports in members)
    known = {ports.id: ports for _, ports in members if ports}
    return msgspec.structs.replace(whole(revision, *named), ports=known)


class Machine:
    """A device, an nft and a disk that note the order in which they are told: what is open to the peer then."""

    def __init__(self, desired: DesiredMesh | None = None) -> None:
        self.device, self.nft = SimulatedDevice("nimbus0"), SimulatedNft()
        self.said: list[str] = []
        self.fail_at = ""
        apply, set_up = self.nft.apply, self.device.apply
        self.desired = desired or DesiredMesh()
        store = self.desired.store

        def ports(commands: dict[str, Any]) -> None:
            apply(commands)
            self._say(f"ports {self.open}")

        def device(plan: Any, want: Any, steps: int | None = None) -> None:
            set_up(plan, want, steps)
            self._say("device with" if self.has_peer else "device without")

        async def disk() -> None:
            await store()
            self._say("disk")

        self.nft.apply = ports  # type: ignore[method-assign]
        self.device.apply = device  # type: ignore[method-assign]
        self.desired.store = disk  # type: ignore[method-assign]

    def _say(self, what: str) -> None:
        self.said.append(what)
        if what == self.fail_at:
            raise Killed

    @property
    def open(self) -> str:
        chain = self.nft.elements.get("from_peer", {}).get(ADDRESS, "all")
        return {f"in_{SHELL.id}": "shell", f"in_{WEB.id}": "web", f"in_{MeshPorts().id}": "nothing"}.get(
            chain, chain
        )

    @property
    def has_peer(self) -> bool:
        return PEER.public_key in self.device.peers

    def applier(self) -> MeshApplier:
        return applier_on(self.device, self.desired, nft=self.nft)

    async def started(self) -> MeshApplier:
        applier = self.applier()
        await applier.start()
        self.said.clear()
        return applier


class Killed(Exception):
    """As SIGKILL at this moment."""


async def test_what_closes_comes_before_the_device_and_what_opens_after_it() -> None:
    machine = Machine()
    applier = await machine.started()
    await applier._take_in(told(2, (PEER, SHELL)))
    assert machine.said == ["disk", "ports shell", "device with"]
    machine.said.clear()
    # Other ports, and then all: the device has nothing to do.
    await applier._take_in(told(3, (PEER, WEB)))
    await applier._take_in(told(4, (PEER, None)))
    assert machine.said == ["disk", "ports web", "disk", "ports all"]
    machine.said.clear()
    await applier._take_in(told(5, (PEER, None)))
    assert machine.said == []
    await applier._take_in(told(6, (PEER, SHELL)))
    assert machine.said == ["disk", "ports shell"]
    machine.said.clear()
    await applier._take_in(told(7))
    assert machine.said == ["disk", "device without", "ports all"]
    assert not machine.nft.entries


async def test_an_address_that_another_gets_to_whom_all_is_open_is_opened_after_the_device() -> None:
    machine = Machine()
    applier = await machine.started()
    await applier._take_in(told(2, (PEER, SHELL)))
    machine.said.clear()
    heir = msgspec.structs.replace(PEER, node_id="heir", public_key=public_key(generate_private_key()))
    await applier._take_in(told(3, (heir, None)))
    assert machine.said == ["disk", "device without", "ports all"]
    assert heir.public_key in machine.device.peers


async def test_a_peer_whose_ports_cannot_be_closed_is_none() -> None:
    machine = Machine()
    machine.nft.failure = "nft is not installed"
    applier = await machine.started()
    assert (applier.keeps_ports, applier.check().healthy) == (False, True)
    other = msgspec.structs.replace(
        PEER, node_id="o", address="10.0.0.5", public_key=public_key(generate_private_key())
    )
    await applier._take_in(told(2, (PEER, SHELL), (other, None)))
    assert set(machine.device.peers) == {public_key(HUB), other.public_key}
    assert "1 members are no peers" in applier.check().message
    assert "nft is not installed" in applier.check().message
    machine.nft.failure = ""
    await applier.verify()
    assert (machine.has_peer, machine.open, applier.check().healthy) == (True, "shell", True)


async def test_a_node_that_is_kept_apart_for_what_it_cannot_do_is_not_well() -> None:
    machine = Machine()
    machine.nft.failure = "nft is not installed"
    applier = await machine.started()
    applier.is_kept_apart = True
    assert "kept apart" in applier.check().message
    assert "nft is not installed" in applier.check().message
    # It can, and the control plane has not followed yet.
    able = await Machine().started()
    able.is_kept_apart = True
    assert able.check().healthy


async def test_a_word_that_this_agent_does_not_know_opens_nothing() -> None:
    machine = Machine()
    applier = await machine.started()
    delta = told(2, (PEER, SHELL))
    await applier._take_in(msgspec.structs.replace(delta, ports={}))
    assert (machine.has_peer, machine.open) == (True, "nothing")


async def test_nothing_comes_between_a_node_and_the_control_plane_or_itself() -> None:
    machine = Machine()
    applier = await machine.started()
    hub = msgspec.structs.replace(PEER, node_id="evil", address="10.0.0.1")
    own = msgspec.structs.replace(PEER, node_id="own", address="10.0.0.2", public_key=public_key(HUB))
    await applier._take_in(told(2, (hub, MeshPorts()), (own, MeshPorts())))
    assert machine.nft.entries == []
    assert set(machine.device.peers) == {public_key(HUB)}


@pytest.mark.parametrize("moment", ["disk", "ports shell", "device with"])
@pytest.mark.parametrize("before", [None, WEB, "absent"])
async def test_a_kill_never_leaves_open_what_was_closed(tmp_path: Path, moment: str, before: Any) -> None:
    """Whatever was told before: from the moment at which the disk has it, no start opens it again."""
    async with opened_state(tmp_path / "d") as state:
        machine = Machine(state.mesh)
        applier = await machine.started()
        if before != "absent":
            await applier._take_in(told(2, (PEER, before)))
        machine.said.clear()
        machine.fail_at = moment
        try:
            await applier._take_in(told(3, (PEER, SHELL)))
        except Killed:
            pass
        else:
            assert (moment, before == "absent") == ("device with", False)
    async with opened_state(tmp_path / "d") as state:
        again = Machine(state.mesh)
        again.device.peers, again.nft.entries = machine.device.peers, machine.nft.entries
        again.device.exists = machine.device.exists
        await again.applier().start()
        assert all(said in ("ports shell", "device with") for said in again.said)
        assert (again.has_peer, again.open) == (True, "shell")


def test_an_older_agent_cannot_read_what_it_would_not_keep() -> None:
    desired = DesiredMesh()
    desired.apply(told(2, (PEER, SHELL)))
    stored = desired._document(PEER.node_id)
    assert stored is not None
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stored, type=MeshPeer)


async def test_ports_are_there_again_after_a_start(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "d") as state:
        state.mesh.apply(told(2, (PEER, SHELL)))
        await state.mesh.store()
        # A difference that says nothing of this peer leaves it what it has.
        more = msgspec.structs.replace(PEER, node_id="n3", address="10.0.0.9")
        state.mesh.apply(MeshDelta(2, 3, checksum.added(state.mesh.checksum, more), (more,)))
        await state.mesh.store()
    async with opened_state(tmp_path / "d") as state:
        assert (state.mesh.revision, state.mesh.restricted(())) == (3, {ADDRESS: SHELL})
