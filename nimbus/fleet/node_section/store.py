"""SQL of the section `node`."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.db.generation import JUMP


def revision(tx: Transaction) -> int:
    """As it is told: beyond all that an older generation of the database gave; 0 before the first."""
    stored = tx.value("SELECT revision FROM node_section WHERE id = 1")
    number = tx.value("SELECT number FROM database_generation WHERE id = 1")
    return int(stored) + (int(number or 1) - 1) * JUMP if stored else 0


def checksum(tx: Transaction) -> str:
    return str(tx.value("SELECT checksum FROM node_section WHERE id = 1") or "")


def raise_revision(tx: Transaction, checksum: str) -> None:
    tx.execute(
        "INSERT INTO node_section (id, revision, checksum) VALUES (1, 1, ?) ON CONFLICT (id) DO UPDATE"
        " SET revision = node_section.revision + 1, checksum = excluded.checksum",
        (checksum,),
    )
