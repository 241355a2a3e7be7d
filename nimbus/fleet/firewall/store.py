"""SQL of the firewall."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.generation import JUMP
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.firewall.records import FirewallQuery, Opening, StoredRule

_FIELDS = ("id", "node_id", "resource", "protocol", "first_port", "last_port", "sources", "created_at")
_COLUMNS = ", ".join(_FIELDS)
_SORTABLE = {name: name for name in FirewallQuery.SORTS}


def _rule(row: Row) -> StoredRule:
    sources = msgspec.json.decode(row["sources"], type=tuple[str, ...])
    return StoredRule(
        id=row["id"],
        node_id=row["node_id"],
        resource=row["resource"],
        opening=Opening(row["protocol"], row["first_port"], row["last_port"], sources),
        created_at=row["created_at"],
    )


def insert(tx: Transaction, rules: Sequence[StoredRule]) -> None:
    tx.execute_many(
        f"INSERT INTO firewall_rules ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})",
        [
            (
                rule.id,
                rule.node_id,
                rule.resource,
                rule.opening.protocol,
                rule.opening.first_port,
                rule.opening.last_port,
                msgspec.json.encode(rule.opening.sources).decode(),
                rule.created_at,
            )
            for rule in rules
        ],
    )


def of_node(tx: Transaction, node_id: str) -> list[StoredRule]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM firewall_rules WHERE node_id = ? ORDER BY resource, protocol, first_port, id",
        (node_id,),
    )
    return [_rule(row) for row in rows]


def delete(tx: Transaction, node_id: str, resource: str) -> int:
    return tx.execute("DELETE FROM firewall_rules WHERE node_id = ? AND resource = ?", (node_id, resource))


def delete_of_node(tx: Transaction, node_id: str) -> None:
    tx.execute("DELETE FROM firewall_rules WHERE node_id = ?", (node_id,))
    tx.execute("DELETE FROM firewall_revisions WHERE node_id = ?", (node_id,))


def raise_revision(tx: Transaction, node_id: str) -> int:
    tx.execute(
        "INSERT INTO firewall_revisions (node_id, revision) VALUES (?, 1)"
        " ON CONFLICT (node_id) DO UPDATE SET revision = firewall_revisions.revision + 1",
        (node_id,),
    )
    return revision(tx, node_id)


def revision(tx: Transaction, node_id: str) -> int:
    """As it is told: beyond all that an older generation of the database gave."""
    row = tx.one("SELECT revision FROM firewall_revisions WHERE node_id = ?", (node_id,))
    return 0 if row is None else _told(tx, row["revision"])


def revisions(tx: Transaction) -> dict[str, int]:
    rows = tx.all("SELECT node_id, revision FROM firewall_revisions")
    return {row["node_id"]: _told(tx, row["revision"]) for row in rows}


def _told(tx: Transaction, stored: int) -> int:
    number = tx.value("SELECT number FROM database_generation WHERE id = 1")
    return int(stored) + (int(number or 1) - 1) * JUMP


def select(
    tx: Transaction, query: FirewallQuery, *, node_ids: Collection[str] | None
) -> tuple[list[StoredRule], int]:
    """One page of the rules of these nodes (None: of all), and how many there are."""
    selection = Selection().within("node_id", node_ids).equal("resource", query.resource)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "firewall_rules",
        order=query.order,
        sortable=_SORTABLE,
        default="node_id, resource, protocol, first_port, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_rule(row) for row in rows], total
