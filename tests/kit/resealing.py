"""What the re-encryption does for a new master key, of one table and at once."""

from __future__ import annotations

from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Transaction
from nimbus.db.sealed_columns import exchange, other_than
from nimbus.kernel.sealing import Sealer
from nimbus.trust.secrets.master_key import MasterKey

MOST = 1000


def reseal(tx: Transaction, table: str, old: Sealer, new: MasterKey) -> int:
    """How many values `new` has sealed."""
    done = 0
    for column in SEALED_COLUMNS:
        if column.table != table:
            continue
        for row in other_than(tx, column, new.key_id, after=(), limit=MOST):
            key, sealed, context = (
                tuple(row[name] for name in column.key_columns),
                row[column.column],
                column.context(row),
            )
            done += exchange(tx, column, key, sealed, new.seal(old.open(sealed, context), context))
    return done
