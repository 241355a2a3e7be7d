"""The data directory: what is where, and that one control plane has it at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from nimbus.protocol.errors import NimbusError, UsageError
from nimbus.protocol.files import private_directory, write_atomically
from nimbus.settings.database_url import with_password_of


class DataDirectoryBusy(NimbusError):
    code = "DATA_DIRECTORY_BUSY"


class Running(msgspec.Struct):
    """What the control plane of this directory last served: for `nimbus bootstrap` on the same host."""

    api: str
    agent_api: str
    mesh: str
    # At which browsers reach it.
    public_url: str = ""


class DataDirectory:
    """Made with `open_data_directory`; the directory exists and can be written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "nimbus.db"
        self.pki = root / "pki"
        self.master_key = root / "master.key"
        self.mesh_key = root / "pki" / "wireguard.key"
        # Where migrations put the copy that they make before they begin.
        self.backups = root / "backups"
        self.artifacts = root / "artifacts"
        # A file for each day.
        self.access_logs = root / "access-logs"
        # The token for the first sign-in, where there was no terminal to show it on.
        self.setup_token = root / "setup-token"
        # Written when the database was moved elsewhere: the file here is the one of before.
        self.moved_to = root / "moved-to"
        self._running = root / "running.json"
        # How far the database had come: an older copy in its place is noticed by that.
        self.watermark = root / "watermark.json"
        # How far the audit log had come: that its end was cut off is noticed by that.
        self.audit_witness = root / "audit-witness.json"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory. Raises DataDirectoryBusy when another process does. The kernel drops the lock
        with the process, so that a kill leaves nothing to clear away."""
        handle = os.open(self.root / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DataDirectoryBusy(
                    f"another control plane runs on {self.root}",
                    next_step="Stop that one, or name another directory with --data-dir.",
                ) from None
            yield
        finally:
            os.close(handle)

    def database_location(self, url: str, password_file: str) -> Path | str:
        """Where the database is: the file here, or what the setting `database` names. Raises UsageError."""
        if url:
            return with_password_of(url, password_file)
        if self.moved_to.exists():
            raise UsageError(
                f"the database of {self.root} was moved to {self.moved_to.read_text('utf-8').strip()}",
                next_step=f"Set database to that. To go back to the file as it was then, delete {self.moved_to}.",
            )
        return self.database

    def note_watermark(self, encoded: bytes) -> None:
        """How far the database has come, beside it: an older copy in its place is noticed by that."""
        write_atomically(self.watermark, encoded)

    def read_watermark(self) -> bytes | None:
        """None where there is none, or it cannot be read."""
        try:
            return self.watermark.read_bytes()
        except OSError:
            return None

    def forget_setup_token(self) -> None:
        self.setup_token.unlink(missing_ok=True)

    def note_running(self, running: Running) -> None:
        write_atomically(self._running, msgspec.json.encode(running))

    def last_running(self) -> Running | None:
        try:
            return msgspec.json.decode(self._running.read_bytes(), type=Running)
        except (OSError, msgspec.DecodeError):
            return None


def open_data_directory(path: str) -> DataDirectory:
    """Raises DirectoryUnusable."""
    return DataDirectory(private_directory(Path(path)).resolve())
