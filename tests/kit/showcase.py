"""A control plane full of simulated nodes, to look at its dashboard: `python3 build.py showcase --nodes 40`.

The control plane is the real one. Simulated are its WireGuard device, the nodes (`benchmarks/fleet.py`: real
certificates and connections, made-up load) and what they measured of the mesh; a day of load is put into the
database before the start. A few nodes never connect, so that something needs attention.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.control_plane import (
    FIRST_ADDRESS,
    ControlPlane,
    DataDirectory,
    Described,
    connected_fleet,
    prepare,
    running,
    temporary_folder,
)
from benchmarks.fleet import load_of
from nimbus.client.client import Client
from nimbus.db import Transaction
from nimbus.fleet.mesh import store as mesh_store
from nimbus.fleet.mesh.history import store as mesh_history_store
from nimbus.fleet.mesh.history.blocks import FINE, Figure
from nimbus.fleet.mesh.history.blocks import Block as MeshBlock
from nimbus.fleet.mesh.measurement import HUB_PLACE, take_in
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.fleet.metrics import store as metrics_store
from nimbus.fleet.metrics.blocks import Block, FleetBlock, pack
from nimbus.fleet.metrics.records import METRICS
from nimbus.fleet.metrics.rules import BLOCK_S, MINUTE_S, RAW_S, WINDOW_S
from nimbus.protocol.link_columns import address_number
from nimbus.protocol.messages import Disk, Facts, Link, MeshProbeResult

PASSWORD = "a showcase needs a password"
TIERS = ("web", "db", "cache", "worker", "gpu", "edge", "build")
ZONES = ("fra", "ams", "hel")
MICROSECONDS = 1_000_000
HISTORY_S = 24 * 3600
# Of so many nodes a day of samples is made; of the others there is what they say from now on.
WITH_HISTORY = 40
MIB = 1024 * 1024
PIECE_BYTES = 4 * MIB
# Name, version, CPU, bytes.
ARTIFACTS = (
    ("k3s-images", "1.36.3", "x86_64", 23 * MIB),
    ("k3s-images", "1.36.3", "aarch64", 21 * MIB),
    ("minio", "2026-05-22", "x86_64", 9 * MIB),
)
WITH_MESH_HISTORY = 6
SECRETS = ("database-url", "smtp-password", "registry-token")


class Showcase(NamedTuple):
    """`username` and PASSWORD sign in."""

    control_plane: ControlPlane
    api: str
    username: str


def describe(number: int) -> Described:
    tier, zone = TIERS[number % len(TIERS)], ZONES[number % len(ZONES)]
    name = f"{tier}-{number // len(TIERS) + 1}"
    memory, disk = 2 ** (33 + number % 4), 2 ** (37 + number % 3)
    facts = Facts(
        hostname=f"{name}.{zone}.example.net",
        os="Debian GNU/Linux 12 (bookworm)",
        kernel="6.1.0-28-amd64",
        architecture="x86_64" if number % 5 else "aarch64",
        cpu_model="AMD EPYC 7443P",
        cpu_count=4 << number % 3,
        memory_bytes=memory,
        disks=(Disk("/", "/dev/vda1", "ext4", disk, int(disk * 0.4)),),
    )
    return Described(name, {"tier": tier, "zone": zone}, facts)


def _fill_mesh(prepared: DataDirectory, tx: Transaction, connected: int) -> None:
    """What each connected node would have measured: nearly all of its peers directly or idle, a few not at all."""
    now = int(time.time() * MICROSECONDS)
    peers = list(enumerate(prepared.nodes))
    base = int(overlay_network(prepared.config.overlay).network_address)
    places = {node.id: address_number(node.address) - base for node in prepared.nodes}
    places[CONTROL_PLANE] = HUB_PLACE
    for number, node in peers[:connected]:
        links = [Link("control-plane", "control-plane", 12.0, 0.8 + number % 7, 50_000, 40_000)]
        for other, peer in peers:
            if other == number:
                continue
            low, high = sorted((number, other))
            is_down = other >= connected or (low * 31 + high * 17) % 97 == 0
            distance = 0.4 + (low * 7 + high * 13) % 40 + (0 if low % 3 == high % 3 else 18)
            is_idle = not is_down and (low * 5 + high * 3) % 4 == 0
            links.append(
                Link(peer.id, peer.name, None, None, 0, 0, idle=is_idle)
                if is_down or is_idle
                else Link(peer.id, peer.name, (low + high) % 110 * 1.0, distance, 10_000 * high, 9_000 * high)
            )
        reach, numbers, _ = take_in(MeshProbeResult(tuple(links)), places, base, now, mesh_store.revision(tx))
        mesh_store.save_probe(tx, node.id, reach, numbers)


def _fill_mesh_history(prepared: DataDirectory, tx: Transaction, connected: int) -> None:
    """The last day between the first nodes, with a gap at night."""
    now = int(time.time())
    base = int(overlay_network(prepared.config.overlay).network_address)
    known = prepared.nodes[: min(connected, WITH_MESH_HISTORY)]
    for number, node in enumerate(known):
        blocks: dict[int, MeshBlock] = {}
        for step in range(FINE.step_start(now) - FINE.kept_s, FINE.step_start(now), FINE.step_s):
            figures = {
                address_number(peer.address) - base: _figure(number + other, step)
                for other, peer in enumerate(known)
                if other != number and step // 3600 % 24 not in (3, 4)
            }
            start = FINE.block_start(step)
            blocks.setdefault(start, MeshBlock(FINE, start)).put(step, figures)
        for start, block in blocks.items():
            mesh_history_store.save_block(tx, node.id, FINE.step_s, start, block.packed())


def _figure(number: int, at: int) -> Figure:
    wave = 4 + number + 2 * math.sin(at / 4000 + number)
    is_busy = at // 300 % 41 == number % 41
    return Figure(wave * (3 if is_busy else 1), 60, 9 if is_busy else 0)


def _fill_history(prepared: DataDirectory, tx: Transaction, workspace_id: str) -> None:
    now = int(time.time()) // RAW_S * RAW_S - 2 * RAW_S
    known = prepared.nodes[:WITH_HISTORY]
    blocks: dict[tuple[str, int], Block] = {}
    sums: dict[int, list[float]] = {}
    for number, node in enumerate(known):
        for at in range(now - HISTORY_S, now, RAW_S):
            start = at // BLOCK_S * BLOCK_S
            values = _values(number, at)
            blocks.setdefault((node.id, start), Block(start)).put(at, values)
            if at % MINUTE_S == 0:
                total = sums.setdefault(at, [0.0] * len(METRICS))
                sums[at] = [sum(pair) for pair in zip(total, values, strict=True)]
    metrics_store.save_samples(
        tx, [(node, start, pack(block.codes)) for (node, start), block in blocks.items()]
    )
    windows: dict[int, FleetBlock] = {}
    for minute, total in sums.items():
        start = minute // WINDOW_S * WINDOW_S
        windows.setdefault(start, FleetBlock(start)).add(minute, len(known), total)
    for owner in (workspace_id, ""):
        metrics_store.save_fleet(
            tx, [(owner, start, pack(block.figures)) for start, block in windows.items()]
        )


def _values(number: int, at: float) -> list[float]:
    load = load_of(number, at)
    network = 4000 * (1 + number % 10) + 10_000 * (1 + math.cos(at / 300))
    named: dict[str, float] = {
        "cpu": load.cpu_percent,
        "load": load.load_1m,
        "memory_used": load.memory_used_bytes,
        "memory_total": load.memory_total_bytes,
        "disk_used": load.disk_used_bytes,
        "disk_total": load.disk_total_bytes,
        "network_rx": network,
        "network_tx": network * 0.6,
    }
    return [named[metric] for metric in METRICS]


def _fill_by_api(plane: ControlPlane, names: list[str]) -> None:
    """What an operator would have made by now."""
    client = plane.client
    for username in ("ada", "grace", "linus"):
        client.post(
            "/api/v1/users",
            {"username": username, "email": f"{username}@example.org", "password": f"{PASSWORD} {username}"},
        )
    client.post("/api/v1/grants", {"role": "operator", "user": "ada", "workspace": "default/default"})
    client.post("/api/v1/grants", {"role": "viewer", "user": "grace", "workspace": "default/default"})
    client.post(
        "/api/v1/keys", {"name": "ci", "role": "viewer", "workspace": "default/default", "ttl": "90d"}
    )
    for name in SECRETS:
        client.post("/api/v1/secrets", {"name": name, "value": "not a real secret"})
    for number, name in enumerate(names):
        client.post("/api/v1/tasks", {"node": name, "kind": ("collect_facts", "mesh_probe")[number % 2]})
    for name, version, cpu, size in ARTIFACTS:
        _upload(client, name, version, cpu, size)
    # The last of the names is a node that is away.
    operation = {"name": "look", "kind": "collect_facts", "nodes": names, "at_once": 2}
    client.post("/api/v1/operations", operation)


def _upload(client: Client, name: str, version: str, cpu: str, size: int) -> None:
    content = bytes(size)
    announced = {"name": name, "version": version, "cpu": cpu, "size": size}
    digest = hashlib.sha256(content).hexdigest()
    upload = client.post("/api/v1/artifact-uploads", {**announced, "sha256": digest})
    path = f"/api/v1/artifact-uploads/{upload['id']}"
    for offset in range(0, size, PIECE_BYTES):
        client.put_bytes(f"{path}/content", content[offset : offset + PIECE_BYTES], offset=offset)
    client.post(f"{path}/complete")


@contextmanager
def showcase(
    folder: Path,
    nodes: int,
    *,
    away: int = 2,
    heartbeat: float = 10.0,
    more: Callable[[Transaction], None] | None = None,
) -> Iterator[Showcase]:
    """Serving, with all but `away` of its nodes connected, until the end of the block. `more` goes into the
    database before the start."""
    prepared = prepare(folder, nodes, describe=describe)
    assert nodes == 0 or FIRST_ADDRESS
    connected = max(0, nodes - away)

    def fill(tx: Transaction) -> None:
        _fill_mesh(prepared, tx, connected)
        _fill_mesh_history(prepared, tx, connected)
        row = tx.one("SELECT id FROM workspaces")
        assert row is not None
        _fill_history(prepared, tx, row["id"])

    if nodes:
        prepared.write(fill)
    if more is not None:
        prepared.write(more)
    with running(prepared) as plane:
        plane.client.post("/api/v1/users/admin/password", {"password": PASSWORD})
        names = [node.name for node in prepared.nodes]
        if not nodes:
            yield Showcase(plane, plane.profile.api, "admin")
            return
        # A simulated node's answer to collect_facts knows nothing: not of those that are looked at first.
        _fill_by_api(plane, names[max(0, connected - 6) : connected] + names[-1:])
        with connected_fleet(prepared, connected, heartbeat=heartbeat):
            yield Showcase(plane, plane.profile.api, "admin")


def main() -> int:
    parser = argparse.ArgumentParser(prog="build.py showcase", description=__doc__)
    parser.add_argument("--nodes", type=int, default=40, help="how many (40)")
    parser.add_argument("--away", type=int, default=2, help="how many of them never connect (2)")
    options = parser.parse_args()
    with temporary_folder() as folder, showcase(folder, options.nodes, away=options.away) as shown:
        print(f"{shown.api}\nuser name  {shown.username}\npassword   {PASSWORD}\nCtrl-C ends it.", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    sys.exit(main())
