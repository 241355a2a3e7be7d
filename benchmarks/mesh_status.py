"""The state of a mesh of 1,000 nodes: what it takes to keep, and how long a page of it takes.

Measured is the route's handler (members and measurements out of the store, the sets, the page) with the encoded
body, at rest and in this process; not measured: TLS, HTTP, recognition of the key, and the read of the control
plane's own device, which is simulated. Of the million ways a hundredth is down, a fiftieth goes by a relay, ten
nodes are offline. Bytes are those of the rows, as each node sends them too (in base64 there), beside the JSON
of the same links.
"""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path
from typing import Any, cast

import msgspec
import trio

from benchmarks.control_plane import DataDirectory, prepare, temporary_folder
from benchmarks.result import Result, percentile, within
from nimbus.db import Transaction
from nimbus.db.database import open_database
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.measurement import HUB_PLACE, take_in
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.nat.observations import Observations
from nimbus.fleet.mesh.policy.kinds import Kinds
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.fleet.mesh.routes import routes
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.fleet.mesh.service import Mesh
from nimbus.fleet.nodes.service import Nodes
from nimbus.http.envelope import encode_answer
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Answer, Call, Route
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.link_columns import address_number
from nimbus.protocol.messages import Link, MeshProbeResult
from nimbus.records.audit.service import AuditLog
from nimbus.wireguard.model import InterfaceState, PeerState

NODES, AWAY = 1_000, 10
LIMIT_MS, LIMIT_MIB = 50.0, 20.0


def run(quick: bool = False) -> list[Result]:
    """About 40 s, quick 30."""
    with temporary_folder() as folder:
        return trio.run(_measure, folder, 20 if quick else 100)


class _Device:
    """The control plane's, with a session to every node."""

    def __init__(self, keys: list[str]) -> None:
        now = time.time()
        self._state = InterfaceState(
            "nimbus0",
            peers={
                key: PeerState(key, endpoint="198.51.100.7:10000", last_handshake=now, rx_bytes=9, tx_bytes=9)
                for key in keys
            },
        )

    async def peer_states(self) -> InterfaceState:
        return self._state


async def _measure(folder: Path, rounds: int) -> list[Result]:
    prepared = await trio.to_thread.run_sync(prepare, folder, NODES)
    plain = await trio.to_thread.run_sync(lambda: prepared.write(lambda tx: _fill(tx, prepared)))
    clock = SystemClock()
    async with open_database(prepared.database, EventBus(), clock) as database:
        audit, organizations = AuditLog(clock), Organizations(clock)
        nodes = Nodes(database, clock, audit, organizations)
        overlay = overlay_network(prepared.config.overlay)
        members = Members(clock, overlay, "", Kinds(nodes, organizations).home)
        present = await database.read(store.present_members)
        online = [node.id for node in prepared.nodes[: NODES - AWAY]]
        nothing = cast("Any", None)
        mesh = Mesh(
            database,
            clock,
            audit,
            members,
            cast("Any", _Device([member.peer.public_key for member in present])),
            nodes,
            nothing,
            nothing,
            mode="userspace",
            overlay=prepared.config.overlay,
            online=lambda: online,
            heard=nothing,
            observations=Observations(time.time),
        )
        declared = {
            route.path.rpartition("/")[2]: route for route in routes(mesh, nothing) if route.method == "GET"
        }
        kept = await database.read(_bytes_kept)
        results = [
            within(
                f"mesh of {NODES}: measurements kept",
                kept / 2**20,
                "MiB",
                LIMIT_MIB,
                f"{NODES * NODES:,} ways, {kept / NODES:,.0f} bytes a node; as JSON {plain / 2**20:.0f} MiB",
                digits=1,
            )
        ]
        node = prepared.nodes[NODES // 2].name
        for name, kind, query in (
            ("page of what is not direct", "status", {}),
            ("last page of all", "status", {"show": "all", "page": NODES * NODES // 100 - 1}),
            ("page of one node's, all", "status", {"show": "all", "node": node}),
            ("summary", "summary", {}),
            ("picture", "topology", {}),
        ):
            results.append(await _timed(f"mesh of {NODES}: {name}", declared[kind], query, rounds))
        return results


async def _timed(name: str, route: Route, query: dict[str, Any], rounds: int) -> Result:
    taken = []
    content = b""
    for _ in range(rounds):
        began = time.perf_counter()
        given = await route.handler(Call(SYSTEM, {}, msgspec.convert(query, route.query), None))
        content = encode_answer(given if isinstance(given, Answer) else Answer(given), route.path, {})
        taken.append((time.perf_counter() - began) * 1000)
    how = f"handler and body, p50 of {rounds} (p99 {percentile(taken, 0.99):.0f}); {len(content) / 1024:.1f} KiB"
    if route.path.endswith("topology"):
        return Result(name, round(statistics.median(taken), 1), "ms", "", None, None, how)
    return within(name, statistics.median(taken), "ms", LIMIT_MS, how, digits=1)


def _fill(tx: Transaction, prepared: DataDirectory) -> int:
    """What every node has measured; how many bytes it has as JSON."""
    base = int(overlay_network(prepared.config.overlay).network_address)
    places = {node.id: address_number(node.address) - base for node in prepared.nodes}
    places[CONTROL_PLANE] = HUB_PLACE
    revision, plain = store.revision(tx), 0
    for number, node in enumerate(prepared.nodes):
        links = [Link(CONTROL_PLANE, CONTROL_PLANE, 12.0, 0.8 + number % 7, 50_000, 40_000)]
        links += [
            _link(number, other, peer.id, peer.name)
            for other, peer in enumerate(prepared.nodes)
            if other != number
        ]
        plain += len(msgspec.json.encode(links))
        reach, numbers, _ = take_in(
            MeshProbeResult(tuple(links)), places, base, SystemClock().now(), revision
        )
        store.save_probe(tx, node.id, reach, numbers)
    return plain


def _link(number: int, other: int, node_id: str, name: str) -> Link:
    low, high = sorted((number, other))
    chance = (low * 7919 + high * 104_729) % 100
    endpoint = f"198.51.{other // 250}.{other % 250}:51820"
    if chance == 0:
        return Link(node_id, name, None, None, 0, 148 * other, endpoint, "outside")
    way = "relay" if chance < 3 else "outside"
    trip = 0.4 + (low * 7 + high * 13) % 4000 / 100
    sent = (low * 31 + high * 17) * 7919 % 9_000_000
    return Link(node_id, name, (low + high) % 120 * 1.0, trip, sent, sent // 3, endpoint, way)


def _bytes_kept(tx: Transaction) -> int:
    columns = ("node_id", "measured", "direct", "relayed", "packed", "whole")
    rows = tx.all(f"SELECT {', '.join(columns)} FROM mesh_probes")
    return sum(len(value) for value in itertools.chain.from_iterable(rows))
