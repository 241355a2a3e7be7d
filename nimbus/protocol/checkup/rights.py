"""Whose the files of a data directory are, and who else can read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.checkup.rules import of_mode


def rights(
    root: Path, secrets: Iterable[Path], of_foreign: Callable[[Path, int], Finding]
) -> Iterator[Finding]:
    """What is wrong with `root` and those of the secret files that are there. `of_foreign`: about a file that
    belongs to another user (by number) than `root`."""
    owner = root.stat().st_uid
    for file in (root, *secrets):
        try:
            facts = file.stat()
        except OSError:
            continue
        wrong = of_mode(str(file), facts.st_mode, secret=file != root)
        if wrong is not None:
            yield wrong
        if facts.st_uid != owner:
            yield of_foreign(file, facts.st_uid)
