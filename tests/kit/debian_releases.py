"""Programs of other releases of Debian than this machine's, beside each other: fetched once, unpacked, run by their
own loader with their own libraries. Nothing is installed.

The mirror is the one that this machine installs from. A program that wants fixed paths is told others by options.
"""

from __future__ import annotations

import fcntl
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "build" / "releases"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SECONDS = 600
_MIRROR = re.compile(r"https?://\S+/debian/?(?=\s|$)")


class Unpacked(NamedTuple):
    """A release's packages in a folder of their own."""

    release: str
    root: Path

    def command(self, program: str, *arguments: str) -> list[str]:
        """`program` is its path in the release, without the first slash."""
        loader = next(self.root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*"), None) or next(
            self.root.glob("lib/*-linux-gnu/ld-linux-*.so.*")
        )
        libraries = [*self.root.glob("usr/lib/*-linux-gnu"), *self.root.glob("lib/*-linux-gnu")]
        path = ":".join(map(str, libraries))
        return [str(loader), "--library-path", path, str(self.root / program), *arguments]


def unpacked(release: str, *packages: str) -> Unpacked:
    """With what they depend on. Skips the test where it cannot be had."""
    folder = FOLDER / f"{release}-{'-'.join(packages)}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _fetch(release, packages, folder)
            (folder / "done").touch()
    return Unpacked(release, folder / "root")


def _fetch(release: str, packages: tuple[str, ...], folder: Path) -> None:
    for name in ("lists/partial", "archives/partial", "etc", "root"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {release} main\n")
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "APT::Sandbox::User": "root",
        "APT::Get::Download-Only": "true",
        "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true",
    }
    apt = ["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in options.items())]
    _run([*apt, "update"])
    _run([*apt, "install", *packages])
    for archive in sorted((folder / "archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(folder / "root")])
        archive.unlink()


def _mirror() -> str:
    """Where this machine has its packages from."""
    etc = Path("/etc/apt")
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for file in files:
        found = _MIRROR.search(_without_remarks(file)) if file.is_file() else None
        if found:
            return found[0]
    pytest.skip(
        "no mirror of Debian stands in the machine's sources: programs of other releases cannot be fetched"
    )


def _without_remarks(file: Path) -> str:
    lines = file.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]} {command[-1]} failed: {done.stderr.strip()[-500:]}")
