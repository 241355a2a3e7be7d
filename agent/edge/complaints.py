"""What nginx says when it does not like a configuration, and whose file it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from nimbus.protocol.edge import ConfigurationFile, Problem

_SAID = re.compile(
    r"\[(?P<level>emerg|alert|crit|error|warn|notice)\] (?:\d+#\d+: (?P<connection>\*\d+ )?)?(?P<message>.*)",
    re.ASCII,
)
_PLACE = re.compile(r" in (?P<file>/\S+):(?P<line>\d+)$", re.ASCII)
_NAMED = re.compile(r"\"([^\"]{3,})\"")
_FATAL = ("emerg", "alert", "crit")


class Complaint(NamedTuple):
    """`file` is its path, "" when none was named. `of_client`: it is about a connection, so that who connects
    decides what it says."""

    level: str
    message: str
    file: str = ""
    line: int = 0
    of_client: bool = False

    @property
    def is_fatal(self) -> bool:
        return self.level in _FATAL and not self.of_client


def complaints(text: str) -> list[Complaint]:
    """From what `nginx -t` writes, or from its error log."""
    return [_complaint(found) for line in text.splitlines() if (found := _SAID.search(line))]


def of_check(status: int, said: str) -> list[Complaint]:
    """Of `nginx -t` that ended so, its warnings too; a fatal one when it did not take the configuration."""
    found = complaints(said)
    if status and not any(one.is_fatal for one in found):
        found.append(Complaint("emerg", said.strip()[-500:] or f"nginx -t ended with status {status}"))
    return found


def _complaint(found: re.Match[str]) -> Complaint:
    message, of_client = found["message"], bool(found["connection"])
    place = _PLACE.search(message)
    if place is None:
        return Complaint(found["level"], message, of_client=of_client)
    return Complaint(found["level"], message[: place.start()], place["file"], int(place["line"]), of_client)


def culprit(complaint: Complaint, files: Iterable[ConfigurationFile]) -> ConfigurationFile | None:
    """The one file of an object that this is about; None when that cannot be told.

    nginx names a file, or else things (a certificate, a zone) that one object's files alone may have."""
    listed = list(files)
    if complaint.file:
        name = complaint.file.rpartition("/")[2].removesuffix(".conf")
        return next((file for file in listed if file.name == name and file.owner), None)
    named = _NAMED.findall(complaint.message)
    found = [file for file in listed if any(thing in file.text for thing in named)]
    owners = {file.owner for file in found}
    return found[0] if len(owners) == 1 and "" not in owners else None


def problem(complaint: Complaint, about: ConfigurationFile | None) -> Problem:
    return Problem(complaint.message, complaint.line if about and complaint.file else 0)
