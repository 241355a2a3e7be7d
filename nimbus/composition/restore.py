"""`nimbus restore`: while no control plane runs on the data directory."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from nimbus.composition.generation import reached_before
from nimbus.composition.held_directory import held
from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Transaction
from nimbus.db.generation import Watermark
from nimbus.db.sqlite.restore import Restored, restore
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.errors import NotFound
from nimbus.protocol.errors import UsageError
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import open_data_directory
from nimbus.trust.secrets.opening import open_keyring


def restore_database(config: ControlPlaneConfig, copy: Path, *, known_generation: int = 0) -> Restored:
    """`known_generation` is one that nodes have been told of; the restored database gets a higher one. Raises
    DataDirectoryBusy, NotFound, MasterKeyUnusable, and what `restore` raises; nothing is changed then."""
    if config.database:
        raise UsageError(
            "the database of this control plane is PostgreSQL's: nimbus restore is for the SQLite file",
            next_step="Stop every control plane on it, restore it with pg_restore, start them: docs/postgresql.md.",
        )
    if not copy.is_file():
        raise NotFound(f"there is no file {copy}", next_step="Name a backup, or a nimbus.db from elsewhere.")
    directory = open_data_directory(config.data_dir)

    def check(tx: Transaction) -> None:
        open_keyring(tx, SEALED_COLUMNS, directory.master_key, config.master_key_file)

    with held(directory):
        reached = reached_before(directory)
        if known_generation:
            reached = _at_least(reached, known_generation)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        restored = restore(copy, directory.database, SystemClock(), stamp=stamp, reached=reached, check=check)
        mark = Watermark(restored.generation.lineage, restored.generation.number, 0)
        directory.note_watermark(msgspec.json.encode(mark))
    return restored


def _at_least(reached: Watermark | None, number: int) -> Watermark:
    """Whatever the lineage: the operator has read it in the control plane's own words."""
    if reached is None:
        return Watermark("", number, 0)
    return Watermark(reached.lineage, max(reached.number, number), reached.commits)
