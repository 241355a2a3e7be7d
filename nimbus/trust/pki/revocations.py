"""What was revoked, kept beside the CA's key and not in the database: a database that was restored from a backup
does not know what was revoked since, and would take it back.

A line each, appended and flushed: `ID NODE EXPIRES`, where ID is the serial of a certificate or the id of a session
key, and EXPIRES Unix seconds, 0 for never.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from nimbus.protocol.files import SECRET_MODE, write_atomically

# A clock may be wrong: what has expired long ago by any clock that is off by less than a year goes.
_KEPT_AFTER_EXPIRY_S = 400 * 86400
log = logging.getLogger("nimbus.pki")


class Revocation(msgspec.Struct, frozen=True):
    """`expires_at` is Unix seconds, 0 for a credential that does not expire."""

    credential: str
    node_id: str
    expires_at: int

    def line(self) -> str:
        return f"{self.credential} {self.node_id} {self.expires_at}\n"


class RevocationList:
    """Methods block; one thread at a time. `listed` is one mapping for its whole life, by credential."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.listed: dict[str, Revocation] = {}

    def load(self, now_s: float) -> None:
        """Lines that are cut or damaged are passed over; what expired long ago is dropped."""
        try:
            content = self._file.read_text("ascii", "replace")
        except FileNotFoundError:
            content = ""
        entries = [_parsed(line) for line in content.splitlines() if line]
        self.listed.clear()
        self.listed.update((each.credential, each) for each in entries if each is not None)
        if None in entries:
            log.warning("%s has lines that cannot be read; they are passed over", self._file)
        past = [
            each.credential
            for each in self.listed.values()
            if each.expires_at and each.expires_at + _KEPT_AFTER_EXPIRY_S < now_s
        ]
        for credential in past:
            del self.listed[credential]
        if past or None in entries:
            write_atomically(self._file, "".join(each.line() for each in self.listed.values()).encode())

    def add(self, revocations: Iterable[Revocation]) -> None:
        """Durable when it returns. Raises OSError."""
        new = [each for each in revocations if each.credential not in self.listed]
        if not new:
            return
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, SECRET_MODE)
        with os.fdopen(handle, "ab") as stream:
            # A line that a crash has cut ends here.
            stream.write(("\n" if _is_cut(self._file) else "").encode())
            stream.write("".join(each.line() for each in new).encode("ascii"))
            stream.flush()
            os.fsync(stream.fileno())
        self.listed.update((each.credential, each) for each in new)


def _is_cut(file: Path) -> bool:
    with file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        if not size:
            return False
        stream.seek(size - 1)
        return stream.read(1) != b"\n"


def _parsed(line: str) -> Revocation | None:
    words = line.split(" ") if line.isascii() else []
    if len(words) != 3 or not all(words) or not words[2].isdigit():
        return None
    return Revocation(words[0], words[1], int(words[2]))
