"""SQL of the mesh."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from nimbus.db import Transaction
from nimbus.db.natural import by_name
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.mesh.measurement import Numbers, Reach, bytes_of
from nimbus.fleet.mesh.records import Member, MeshState, ProvisionalPeer
from nimbus.protocol.messages import MeshPeer

_COLUMNS = (
    "node_id, scope, name, public_key, address, endpoint, revision, entered, removed_at, more_endpoints,"
    " workspace"
)


def _member(row: Row) -> Member:
    peer = MeshPeer(
        node_id=row["node_id"],
        name=row["name"],
        public_key=row["public_key"],
        address=row["address"],
        endpoint=row["endpoint"],
        removed=row["removed_at"] is not None,
        more_endpoints=tuple(row["more_endpoints"].split()),
        workspace=row["workspace"],
    )
    return Member(peer, row["revision"], row["scope"], row["entered"])


def revision(tx: Transaction) -> int:
    """The newest that was given, in whatever scope."""
    return int(tx.value("SELECT revision FROM mesh_state WHERE id = 1") or 0)


def next_revision(tx: Transaction) -> int:
    tx.execute(
        "INSERT INTO mesh_state (id, revision) VALUES (1, 1)"
        " ON CONFLICT (id) DO UPDATE SET revision = mesh_state.revision + 1"
    )
    return revision(tx)


_STATE = "scope, revision, checksum, forgotten_before, matched, seen_anew"
_matched = msgspec.json.Decoder(tuple[str, ...]).decode


def _state(row: Row) -> MeshState:
    return MeshState(
        row["revision"], row["checksum"], row["forgotten_before"], _matched(row["matched"]), row["seen_anew"]
    )


def state(tx: Transaction, scope: str) -> MeshState | None:
    """None of a scope that nobody is or was in lately."""
    row = tx.one(f"SELECT {_STATE} FROM mesh_scopes WHERE scope = ?", (scope,))
    return _state(row) if row else None


def states(tx: Transaction) -> dict[str, MeshState]:
    rows = tx.all(f"SELECT {_STATE} FROM mesh_scopes ORDER BY scope")
    return {row["scope"]: _state(row) for row in rows}


def save_state(tx: Transaction, scope: str, value: MeshState) -> None:
    tx.execute(
        f"INSERT INTO mesh_scopes ({_STATE}) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (scope) DO UPDATE SET revision = excluded.revision, checksum = excluded.checksum,"
        " forgotten_before = excluded.forgotten_before, seen_anew = excluded.seen_anew",
        (
            scope,
            value.revision,
            value.checksum,
            value.forgotten_before,
            msgspec.json.encode(value.matched).decode(),
            value.seen_anew,
        ),
    )


def delete_empty_scopes(tx: Transaction) -> None:
    tx.execute("DELETE FROM mesh_scopes WHERE scope NOT IN (SELECT scope FROM mesh_peers)")


def member(tx: Transaction, node_id: str) -> Member | None:
    """As it is, else what it left last."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM mesh_peers WHERE node_id = ?"
        " ORDER BY CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END, revision DESC LIMIT 1",
        (node_id,),
    )
    return _member(row) if row else None


def save_member(tx: Transaction, value: Member, removed_at: int | None) -> None:
    peer = value.peer
    tx.execute(
        f"INSERT INTO mesh_peers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node_id, scope) DO UPDATE SET name = excluded.name, public_key = excluded.public_key,"
        " address = excluded.address, endpoint = excluded.endpoint, revision = excluded.revision,"
        " entered = excluded.entered, removed_at = excluded.removed_at,"
        " more_endpoints = excluded.more_endpoints, workspace = excluded.workspace",
        (
            peer.node_id,
            value.scope,
            peer.name,
            peer.public_key,
            peer.address,
            peer.endpoint,
            value.revision,
            value.entered,
            removed_at,
            " ".join(peer.more_endpoints),
            peer.workspace,
        ),
    )


def members_after(tx: Transaction, scopes: Collection[str], revision: int) -> list[Member]:
    if not scopes:
        return []
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM mesh_peers WHERE scope IN ({placeholders(len(scopes))}) AND revision > ?"
        " ORDER BY revision",
        (*scopes, revision),
    )
    return [_member(row) for row in rows]


def all_after(tx: Transaction, revision: int) -> list[Member]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM mesh_peers WHERE revision > ? ORDER BY revision", (revision,))
    return [_member(row) for row in rows]


def present_members(tx: Transaction) -> list[Member]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM mesh_peers WHERE removed_at IS NULL ORDER BY {by_name('name')}")
    return [_member(row) for row in rows]


def addresses(tx: Transaction) -> dict[str, str]:
    """Of present members, by node id."""
    return {
        row[0]: row[1] for row in tx.all("SELECT node_id, address FROM mesh_peers WHERE removed_at IS NULL")
    }


def tombstones_before(tx: Transaction, removed_before: int) -> dict[str, int]:
    """By scope, the newest revision among tombstones older than that moment."""
    rows = tx.all(
        "SELECT scope, MAX(revision) FROM mesh_peers WHERE removed_at IS NOT NULL AND removed_at < ?"
        " GROUP BY scope",
        (removed_before,),
    )
    return {row[0]: row[1] for row in rows}


def delete_tombstones(tx: Transaction, removed_before: int) -> None:
    tx.execute("DELETE FROM mesh_peers WHERE removed_at IS NOT NULL AND removed_at < ?", (removed_before,))


def taken_addresses(tx: Transaction, released_after: int) -> list[int]:
    """Addresses in use or resting, in order; the rested ones are forgotten."""
    tx.execute(
        "DELETE FROM mesh_addresses WHERE released_at IS NOT NULL AND released_at <= ?", (released_after,)
    )
    return [row["address"] for row in tx.all("SELECT address FROM mesh_addresses ORDER BY address")]


def address_range(tx: Transaction) -> tuple[int, int] | None:
    row = tx.one("SELECT MIN(address), MAX(address) FROM mesh_addresses WHERE released_at IS NULL")
    return (row[0], row[1]) if row and row[0] is not None else None


def take_address(tx: Transaction, address: int, owner: str, at: int) -> None:
    tx.execute(
        "INSERT INTO mesh_addresses (address, owner, owned_since) VALUES (?, ?, ?)", (address, owner, at)
    )


def give_address(tx: Transaction, address: int, owner: str, at: int) -> None:
    """Hand an address over to another owner."""
    tx.execute(
        "UPDATE mesh_addresses SET owned_since = CASE WHEN owner = ? THEN owned_since ELSE ? END,"
        " owner = ?, released_at = NULL WHERE address = ?",
        (owner, at, owner, address),
    )


def owned_since(tx: Transaction, address: int) -> int:
    """Since when its present owner has this address; 0: nobody else had it as long as anything is kept."""
    return int(tx.value("SELECT owned_since FROM mesh_addresses WHERE address = ?", (address,)) or 0)


def release_addresses(tx: Transaction, owner: str, at: int) -> None:
    tx.execute(
        "UPDATE mesh_addresses SET released_at = ? WHERE owner = ? AND released_at IS NULL", (at, owner)
    )


_CANDIDATE = "node_id, name, public_key, address, endpoint"


def candidate(tx: Transaction, node_id: str) -> MeshPeer | None:
    row = tx.one(f"SELECT {_CANDIDATE} FROM mesh_candidates WHERE node_id = ?", (node_id,))
    return MeshPeer(*row) if row else None


def candidates(tx: Transaction) -> list[MeshPeer]:
    return [MeshPeer(*row) for row in tx.all(f"SELECT {_CANDIDATE} FROM mesh_candidates ORDER BY node_id")]


def save_candidate(tx: Transaction, peer: MeshPeer, at: int) -> None:
    tx.execute(
        f"INSERT INTO mesh_candidates ({_CANDIDATE}, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node_id) DO UPDATE SET name = excluded.name, public_key = excluded.public_key,"
        " address = excluded.address, endpoint = excluded.endpoint, created_at = excluded.created_at",
        (peer.node_id, peer.name, peer.public_key, peer.address, peer.endpoint, at),
    )


def delete_candidate(tx: Transaction, node_id: str) -> int:
    return tx.execute("DELETE FROM mesh_candidates WHERE node_id = ?", (node_id,))


def holds_key(tx: Transaction, public_key: str, but_of: str) -> bool:
    """Whether somebody other than this node is a peer with that key: a member, a candidate, or the owner of a
    provisional peer."""
    is_taken = tx.value(
        "SELECT EXISTS (SELECT 1 FROM mesh_peers WHERE public_key = ? AND removed_at IS NULL AND node_id <> ?)"
        " OR EXISTS (SELECT 1 FROM mesh_candidates WHERE public_key = ? AND node_id <> ?)"
        " OR EXISTS (SELECT 1 FROM mesh_provisional_peers WHERE public_key = ? AND token_id <> ?)",
        (public_key, but_of) * 3,
    )
    return bool(is_taken)


def insert_provisional(tx: Transaction, peer: ProvisionalPeer, at: int) -> None:
    tx.execute(
        "INSERT INTO mesh_provisional_peers (token_id, public_key, address, created_at) VALUES (?, ?, ?, ?)",
        (peer.token_id, peer.public_key, peer.address, at),
    )


def delete_provisional(tx: Transaction, token_id: str) -> int:
    return tx.execute("DELETE FROM mesh_provisional_peers WHERE token_id = ?", (token_id,))


def provisional_peers(tx: Transaction) -> list[ProvisionalPeer]:
    rows = tx.all("SELECT token_id, public_key, address FROM mesh_provisional_peers")
    return [ProvisionalPeer(*row) for row in rows]


_REACH = "node_id, measured_at, revision, measured, direct, relayed, hub_rtt_ms, rtt_ms, idle, oldest_at"


def save_probe(tx: Transaction, node_id: str, reach: Reach, numbers: Numbers) -> None:
    tx.execute(
        "INSERT INTO mesh_probes"
        f" ({_REACH}, packed, whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node_id) DO UPDATE SET measured_at = excluded.measured_at, revision = excluded.revision,"
        " measured = excluded.measured, direct = excluded.direct, relayed = excluded.relayed,"
        " hub_rtt_ms = excluded.hub_rtt_ms, rtt_ms = excluded.rtt_ms, idle = excluded.idle,"
        " oldest_at = excluded.oldest_at,"
        " packed = excluded.packed, whole = excluded.whole",
        (
            node_id,
            reach.measured_at,
            reach.revision,
            bytes_of(reach.measured),
            bytes_of(reach.direct),
            bytes_of(reach.relayed),
            reach.hub_rtt_ms,
            reach.rtt_ms,
            bytes_of(reach.idle),
            reach.oldest_at,
            numbers.packed,
            numbers.whole,
        ),
    )


def _set(bits: bytes) -> int:
    return int.from_bytes(bits, "little")


def delete_probe(tx: Transaction, node_id: str) -> None:
    tx.execute("DELETE FROM mesh_probes WHERE node_id = ?", (node_id,))


def _reach(row: Row) -> Reach:
    _, at, revision, measured, direct, relayed, hub_rtt, rtt, idle, oldest_at = row
    sets = (_set(measured), _set(direct), _set(relayed))
    return Reach(at, revision, *sets, hub_rtt, rtt, _set(idle), oldest_at)


def reaches(tx: Transaction) -> dict[str, Reach]:
    """Of every node that has measured."""
    return {row[0]: _reach(row) for row in tx.all(f"SELECT {_REACH} FROM mesh_probes")}


def reach(tx: Transaction, node_id: str) -> Reach | None:
    row = tx.one(f"SELECT {_REACH} FROM mesh_probes WHERE node_id = ?", (node_id,))
    return _reach(row) if row else None


def is_member(tx: Transaction, node_id: str) -> bool:
    return bool(
        tx.value(
            "SELECT EXISTS (SELECT 1 FROM mesh_peers WHERE node_id = ? AND removed_at IS NULL)", (node_id,)
        )
    )


def entered(tx: Transaction) -> list[tuple[str, str, int]]:
    """Of present members node id, address, and the revision with which each came."""
    rows = tx.all("SELECT node_id, address, entered FROM mesh_peers WHERE removed_at IS NULL")
    return [(row[0], row[1], row[2]) for row in rows]


def numbers(tx: Transaction, node_id: str) -> Numbers:
    row = tx.one("SELECT packed, whole FROM mesh_probes WHERE node_id = ?", (node_id,))
    return Numbers(bytes(row[0]), row[1]) if row else Numbers()
