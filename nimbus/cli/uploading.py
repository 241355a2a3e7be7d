"""A file on its way to the control plane: in pieces, and on from where it was cut off."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path
from typing import Any, BinaryIO

from nimbus.cli.output import size
from nimbus.cli.progress import Progress
from nimbus.client.client import ApiError, Client, Unreachable
from nimbus.protocol.errors import NimbusError, UsageError

# Of these the control plane takes 4 MiB at most, within 30 s.
PIECE_BYTES = 2 * 1024 * 1024
_SLICE_BYTES = 16 * 1024 * 1024
# In a row, without a byte that came through in between.
ATTEMPTS = 8
_PAUSE_S = 1.0
_UPLOADS = "/api/v1/artifact-uploads"
# Another client is at the same upload, or has completed it; the control plane is busy.
_TRY_AGAIN = ("WRONG_OFFSET", "NOT_FOUND", "UNAVAILABLE", "RATE_LIMITED")


def default_name(file: Path) -> str:
    """The file's name as a name of Nimbus: without what looks like its type. Raises UsageError."""
    stem = re.sub(r"(\.(tar|tgz|txz|tzst|zip|gz|xz|bz2|zst|img|bin|deb|iso|qcow2))+$", "", file.name.lower())
    name = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:63].strip("-")
    if not name:
        raise UsageError(f"{file.name} cannot be used as an artifact name", next_step="Name it with --name.")
    return name


def sum_of(file: Path, progress: Progress) -> tuple[str, int]:
    """SHA-256 and size. Raises UsageError."""
    summed, read = hashlib.sha256(), 0
    with _opened(file) as stream:
        whole = file.stat().st_size
        while data := _read(file, stream, _SLICE_BYTES):
            summed.update(data)
            read += len(data)
            if whole > 4 * _SLICE_BYTES:
                progress.say(f"{file.name}: computing SHA-256, {read * 100 // max(whole, read)}%")
    if not read:
        raise UsageError(f"{file} is empty")
    return summed.hexdigest(), read


class Upload:
    """`body` is what the upload begins with."""

    def __init__(self, api: Client, file: Path, body: dict[str, Any], progress: Progress) -> None:
        self._api, self._file, self._body, self._progress = api, file, body, progress
        self._received = -1
        self._failed = 0
        self._has_begun = False

    def run(self) -> Any:
        """The artifact. Raises ApiError, Unreachable, UsageError."""
        while True:
            try:
                return self._attempt()
            except Unreachable as error:
                self._pause(error)
            except ApiError as error:
                # What is not found at the beginning is the workspace.
                if error.code not in _TRY_AGAIN or (error.code == "NOT_FOUND" and not self._has_begun):
                    raise
                self._pause(error)

    def _pause(self, error: NimbusError) -> None:
        self._failed += 1
        if self._failed >= ATTEMPTS:
            raise error
        self._progress.say(f"{self._file.name}: {error.message}; retrying")
        time.sleep(_PAUSE_S * self._failed)

    def _attempt(self) -> Any:
        """From where it is now to its end."""
        self._has_begun = False
        upload = self._api.post(_UPLOADS, self._body)
        self._has_begun = True
        if upload["artifact"] is not None:
            return upload["artifact"]
        path = f"{_UPLOADS}/{upload['id']}"
        self._note(upload["received"])
        with _opened(self._file) as stream:
            while self._received < self._body["size"]:
                stream.seek(self._received)
                data = _read(self._file, stream, PIECE_BYTES)
                if not data:
                    raise UsageError(
                        f"{self._file} became shorter during the upload", next_step="Upload it again."
                    )
                self._note(self._api.put_bytes(f"{path}/content", data, offset=self._received)["received"])
        return self._api.post(f"{path}/complete")

    def _note(self, received: int) -> None:
        if received > self._received:
            self._failed = 0
        self._received = received
        whole = self._body["size"]
        self._progress.say(
            f"{self._file.name}: {_bar(received, whole)} {received * 100 // whole}% of {size(whole)} uploaded"
        )


def _bar(part: int, whole: int, width: int = 24) -> str:
    filled = part * width // whole
    return f"[{'#' * filled}{'.' * (width - filled)}]"


def _opened(file: Path) -> BinaryIO:
    try:
        if not file.is_file():
            raise UsageError(f"{file} is not a file" if file.exists() else f"there is no file {file}")
        return file.open("rb")
    except OSError as error:
        raise _unreadable(file, error) from None


def _read(file: Path, stream: BinaryIO, length: int) -> bytes:
    try:
        return stream.read(length)
    except OSError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: OSError) -> UsageError:
    return UsageError(f"{file} cannot be read: {error.strerror or error}")
