"""What one change of the mesh costs an agent that has 1,000 members.

From the decoded difference until the device has been told: members, checksum, which of them become peers, the plan.
The device is simulated and does nothing; `wireguard_apply` has the real one's share. What is written to the disk
comes afterwards, in the background, and is not in it.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any, cast

import trio

from agent.appliers.mesh import MeshApplier
from agent.directory import NodeRecord
from agent.link import LinkDown
from agent.node_section.settings import settings_of
from agent.state.desired_mesh import DesiredMesh
from benchmarks.result import Result, within
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshMembership, MeshPeer
from nimbus.wireguard.keys import generate_private_key, key_text, public_key
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.path_mtu import Way
from nimbus.wireguard.plan import Plan

MEMBERS, ROUNDS = 1_000, 200
LIMIT_MS = 1.0


class _Device:
    name = "nimbus0"
    kind = "userspace"

    def __init__(self) -> None:
        self.told = 0

    def read(self) -> InterfaceState:
        return InterfaceState(self.name)

    def read_peers(self) -> dict[str, PeerState]:
        return {}

    def apply(self, plan: Plan, _want: Interface) -> None:
        self.told += len(plan.peers)

    def delete(self) -> None:
        pass


class _NoLink:
    connected = False

    async def request(self, *_arguments: object, **_named: object) -> Any:
        raise LinkDown


def run(quick: bool = False) -> list[Result]:
    """About 2 s."""
    times = trio.run(_measure, ROUNDS // 4 if quick else ROUNDS)
    how = f"{MEMBERS} members, another endpoint of one of them; p50 of {len(times)}, most {max(times):.2f} ms"
    value = statistics.median(times)
    return [within("mesh: one difference on the agent", value, "ms", LIMIT_MS, how, digits=2)]


async def _measure(rounds: int) -> list[float]:
    device, desired = _Device(), DesiredMesh()
    applier = _applier(device, desired)
    await applier.start()
    members = [
        MeshPeer(
            f"{number:036}", f"n{number}", key_text(os.urandom(32)), _address(number), f"192.0.2.1:{number}"
        )
        for number in range(2, MEMBERS + 2)
    ]
    total = checksum.EMPTY
    for member in members:
        total = checksum.added(total, member)
    await applier._take_in(MeshDelta(0, 1, total, tuple(members)))
    times = []
    for number in range(rounds):
        old = desired.peers[members[7 * number % MEMBERS].node_id]
        new = MeshPeer(old.node_id, old.name, old.public_key, old.address, f"198.51.100.7:{1000 + number}")
        total = checksum.added(checksum.taken_away(total, old), new)
        told = device.told
        began = time.perf_counter()
        await applier._take_in(MeshDelta(number + 1, number + 2, total, (new,)))
        times.append((time.perf_counter() - began) * 1000)
        if device.told != told + 1:
            raise RuntimeError(f"the device was told of {device.told - told} peers")
    return times


def _applier(device: _Device, desired: DesiredMesh) -> MeshApplier:
    hub, own = generate_private_key(), generate_private_key()
    record = NodeRecord(
        node_id="own",
        name="own",
        workspace="default/default",
        agent_api="https://10.0.0.1:8444",
        heartbeat_interval_s=10,
        joined_at=0,
        interface=device.name,
        mesh_mode=device.kind,
        listen_port=51820,
        mesh=MeshMembership("10.0.255.254/16", public_key(hub), "192.0.2.1:51820", "10.0.0.1"),
        mesh_key=public_key(own),
    )
    return MeshApplier(
        settings_of(record, None),
        own,
        cast("Any", device),
        desired,
        cast("Any", _NoLink()),
        lambda: None,
        way_to=lambda _address: Way(1500, 1500),
        overlapping=lambda _overlay, _own: [],
    )


def _address(number: int) -> str:
    return f"10.0.{number >> 8}.{number & 255}"
