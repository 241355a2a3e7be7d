"""The file with the master keys: one base64 key per line, the first is the primary."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from nimbus.kernel.errors import Conflict
from nimbus.protocol.files import SECRET_MODE, sync_directory, write_atomically
from nimbus.trust.secrets.master_key import KEY_BYTES, MasterKey, MasterKeyUnusable

MAX_KEYS = 32
_MAX_FILE_BYTES = 16 * 1024
MAKE_A_KEY = "openssl rand -base64 32"


class KeyFileReadOnly(Conflict):
    """The keys are the operator's to change."""


class KeyFile:
    """Blocks: not for the Trio thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[MasterKey, ...]:
        """At least one key, the primary first, no key twice. Raises MasterKeyUnusable, which never quotes the
        file."""
        keys: dict[str, MasterKey] = {}
        for number, line in enumerate(self._content().splitlines(), start=1):
            if line.strip():
                key = self._key(line.strip(), number)
                keys.setdefault(key.key_id, key)
        if not keys:
            raise MasterKeyUnusable(
                f"{self.path} holds no master key", next_step="Put the right file back, from a backup."
            )
        if len(keys) > MAX_KEYS:
            raise MasterKeyUnusable(f"{self.path} holds more than {MAX_KEYS} master keys")
        return tuple(keys.values())

    def lines_of(self, key_ids: frozenset[str]) -> list[int]:
        """Which lines have these keys; lines count from 1."""
        return [
            number
            for number, line in enumerate(self._content().splitlines(), start=1)
            if line.strip() and self._key(line.strip(), number).key_id in key_ids
        ]

    def _key(self, line: bytes, number: int) -> MasterKey:
        try:
            raw = base64.b64decode(line, validate=True)
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise MasterKeyUnusable(
                f"line {number} of {self.path} is no master key: it must be {KEY_BYTES} bytes in base64",
                next_step=f"Put the right file back. (A new key is made with: {MAKE_A_KEY})",
            )
        return MasterKey(raw)

    def _content(self) -> bytes:
        try:
            # Not blocking: a pipe must not hold the start up.
            handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise self._unreadable(error.strerror or "") from None
        try:
            self._check(os.fstat(handle))
            content = os.read(handle, _MAX_FILE_BYTES + 1)
        except OSError as error:
            raise self._unreadable(error.strerror or "") from None
        finally:
            os.close(handle)
        if len(content) > _MAX_FILE_BYTES:
            raise MasterKeyUnusable(f"{self.path} is larger than {_MAX_FILE_BYTES} bytes: no master key file")
        return content

    def _check(self, status: os.stat_result) -> None:
        """Nobody else may read it. One of root's may be readable by the group, which is how a service that is not
        root gets its credentials."""
        if not stat.S_ISREG(status.st_mode):
            raise self._unreadable("it is no regular file")
        forbidden = 0o037 if status.st_uid == 0 and os.geteuid() != 0 else 0o077
        if status.st_mode & forbidden:
            raise MasterKeyUnusable(
                f"{self.path} is open to others (mode {stat.S_IMODE(status.st_mode):04o})",
                next_step=f"Close it with: chmod 600 {self.path}. If others were on this machine, rotate the "
                "master key afterwards (nimbus secret rotate-master-key).",
            )

    def _unreadable(self, reason: str) -> MasterKeyUnusable:
        return MasterKeyUnusable(
            f"{self.path} cannot be read as a master key file: {reason}",
            next_step="Put it back, or name another with NIMBUS_MASTER_KEY_FILE.",
        )

    def create_if_missing(self) -> None:
        """A first key, when there is no file. Processes that do so at once end with the same key: the name is
        taken by a hard link, once."""
        if self.path.exists():
            self._clear_away_unfinished()
            return
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        write_atomically(fresh, MasterKey.generate().encoded() + b"\n")
        try:
            os.link(fresh, self.path)
            sync_directory(self.path.parent)
        except (FileExistsError, FileNotFoundError):
            # The other one was first (and may have cleared ours away): its key counts.
            if not os.path.lexists(self.path):
                raise
        finally:
            fresh.unlink(missing_ok=True)

    def _clear_away_unfinished(self) -> None:
        """What a killed process left beside the file: it holds keys."""
        for stray in self.path.parent.glob(f".{self.path.name}.*"):
            try:
                stray.unlink()
            except OSError:
                # Of somebody else, or in a directory that is not ours: the next one may do it.
                return

    def is_writable(self) -> bool:
        """Whether we may replace it. A file without its owner's write bit is meant to stay as it is, also for
        root."""
        target = Path(os.path.realpath(self.path))
        try:
            mode = target.stat().st_mode
        except OSError:
            return False
        return bool(mode & stat.S_IWUSR) and os.access(target, os.W_OK) and os.access(target.parent, os.W_OK)

    def write(self, keys: Sequence[MasterKey]) -> None:
        """Replace its content, durably and whole, and read it back. Raises KeyFileReadOnly."""
        if not self.is_writable():
            raise self.read_only()
        target = Path(os.path.realpath(self.path))
        try:
            write_atomically(target, b"".join(key.encoded() + b"\n" for key in keys), mode=SECRET_MODE)
        except OSError as error:
            raise self.read_only(f": {error.strerror}") from error
        if [key.key_id for key in self.read()] != [key.key_id for key in keys]:
            raise MasterKeyUnusable(f"{self.path} does not hold what was written to it")

    def read_only(self, reason: str = "") -> KeyFileReadOnly:
        return KeyFileReadOnly(
            f"the control plane cannot write the master key file {self.path}{reason}",
            next_step=f"Add a new key ({MAKE_A_KEY}) as its first line, keep the others below, and restart: "
            "re-encryption starts by itself.",
        )
