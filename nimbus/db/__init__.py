"""The store: SQLite in WAL mode, one writer thread with group commit, a small pool of query-only readers.

`Database` is the door. Store functions are plain `def` functions that take a `Transaction`; they run on the
writer thread (`write`, `submit`) or on a reader thread (`read`), so that nothing can be awaited inside a
transaction. Events emitted in a transaction are published on the Trio thread after it committed, never before.
"""

from nimbus.db.database import Database
from nimbus.db.transaction import Transaction

__all__ = ["Database", "Transaction"]
