"""Generations of nginx's files on disk: a folder each in `conf.d`, and `current`, which leads to one.

Functions block. A folder is made beside its name and moved to it when it is whole; the link is replaced by a
rename. What was proven says so by a file in it, so that after a kill at any point it is known what can be served.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
from pathlib import Path

import msgspec

from nimbus.protocol.edge import ConfigurationFile, FileSet
from nimbus.protocol.files import PUBLIC_MODE, sync_directory, write_atomically

KEPT = 5
CURRENT = "current"
_MANIFEST = "generation.json"
_PROVEN = "proven"
_NAME = re.compile(r"\d{14}-\d+", re.ASCII)
# Names come from the control plane, which has them from ids; a name is never a path.
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,120}", re.ASCII)
_decoder = msgspec.json.Decoder(FileSet)


class Generations:
    """`folder` is nginx's `conf.d`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def link(self) -> Path:
        return self.folder / CURRENT

    def write(self, files: FileSet, at: str) -> Path:
        """The whole folder of a new generation; `at`, 14 digits, begins its name. Raises OSError, ValueError."""
        for file in files.files:
            if not _FILE_NAME.fullmatch(file.name):
                raise ValueError(f"{file.name!r} is no name of a file")
        place = self.folder / f"{at}-{files.generation}"
        unfinished = self.folder / f".{place.name}.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.drop(place)
        unfinished.mkdir(parents=True, mode=0o755)
        for file in files.files:
            _write(unfinished / f"{file.name}.conf", file.text.encode())
        _write(unfinished / _MANIFEST, msgspec.json.encode(files))
        _sync(unfinished)
        unfinished.rename(place)
        sync_directory(self.folder)
        return place

    def current(self) -> Path | None:
        """Where the link leads; None without a whole folder there."""
        try:
            place = self.folder / os.readlink(self.link)
        except OSError:
            return None
        return place if (place / _MANIFEST).is_file() else None

    def switch(self, place: Path) -> None:
        """`current` leads there, now and after a loss of power."""
        temporary = self.folder / f".{CURRENT}.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(place.name)
        temporary.rename(self.link)
        sync_directory(self.folder)

    def clear(self) -> None:
        """Nothing of ours is served."""
        self.link.unlink(missing_ok=True)
        sync_directory(self.folder)

    def drop(self, place: Path) -> None:
        """Unless it is the current one."""
        if place != self.current():
            shutil.rmtree(place, ignore_errors=True)

    def files(self, place: Path) -> FileSet:
        """As they were written, whatever the folder has become. Raises OSError, msgspec.DecodeError."""
        return _decoder.decode((place / _MANIFEST).read_bytes())

    def prove(self, place: Path) -> None:
        write_atomically(place / _PROVEN, b"", mode=PUBLIC_MODE)

    def is_proven(self, place: Path) -> bool:
        return (place / _PROVEN).is_file()

    def last_proven(self) -> Path | None:
        proven = [place for place in self.all() if self.is_proven(place)]
        return proven[-1] if proven else None

    def all(self) -> list[Path]:
        """Whole ones, the oldest first."""
        if not self.folder.is_dir():
            return []
        named = [place for place in self.folder.iterdir() if _NAME.fullmatch(place.name)]
        return sorted((place for place in named if (place / _MANIFEST).is_file()), key=_order)

    def drop_old(self) -> None:
        """Keep the newest, the current one, and the last proven one."""
        kept = {self.current(), self.last_proven(), *self.all()[-KEPT:]}
        for place in self.all():
            if place not in kept:
                self.drop(place)
        for unfinished in self.folder.glob(".*.new"):
            if unfinished.is_dir():
                shutil.rmtree(unfinished, ignore_errors=True)

    def drift(self, place: Path) -> dict[str, str]:
        """Files that are not as they were written, with what they hold now ("" for those that are gone)."""
        wanted = {f"{file.name}.conf": file.text for file in self.files(place).files}
        found = {path.name: path.read_text("utf-8", "replace") for path in place.glob("*.conf")}
        return {
            name: found.get(name, "")
            for name in sorted(wanted | found)
            if wanted.get(name) != found.get(name)
        }


def _order(place: Path) -> tuple[str, int]:
    at, _, generation = place.name.partition("-")
    return at, int(generation)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        os.fchmod(stream.fileno(), PUBLIC_MODE)
        stream.write(content)


def _sync(folder: Path) -> None:
    """All of its file system: file by file, a thousand hosts would take seconds. Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if library.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def of_owner(files: FileSet, owner: str) -> list[ConfigurationFile]:
    return [file for file in files.files if file.owner == owner]
