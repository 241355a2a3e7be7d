"""`nimbus database move`: while no control plane runs on the data directory."""

from __future__ import annotations

from nimbus.composition.held_directory import held
from nimbus.db.move import Moved, Progress, move
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.errors import NotFound
from nimbus.protocol.errors import UsageError
from nimbus.protocol.files import write_atomically
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import open_data_directory
from nimbus.settings.database_url import with_password_of


def move_database(config: ControlPlaneConfig, progress: Progress) -> Moved:
    """From the SQLite file of the data directory to what the setting `database` names. Raises DataDirectoryBusy,
    NotFound, UsageError, and what `move` raises."""
    if not config.database:
        raise UsageError(
            "where to move the database is not said", next_step="Add --to postgresql://USER@HOST/NAME."
        )
    directory = open_data_directory(config.data_dir)
    if not directory.database.exists():
        raise NotFound(
            f"there is no database {directory.database}", next_step="Name its directory: --data-dir."
        )
    with held(directory):
        url = with_password_of(config.database, config.database_password_file)
        moved = move(directory.database, url, SystemClock(), progress)
        write_atomically(directory.moved_to, moved.to.encode() + b"\n")
    return moved
