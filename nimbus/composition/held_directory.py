"""The data directory, for one process alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nimbus.db.sqlite.stamps import set_foreign_log_aside
from nimbus.settings.data_directory import DataDirectory


@contextmanager
def held(directory: DataDirectory) -> Iterator[None]:
    """No one else has it until the end. A log beside the database that is not its own is set aside first: one that
    is still written to never is. Raises DataDirectoryBusy."""
    with directory.lock():
        set_foreign_log_aside(directory.database)
        yield
