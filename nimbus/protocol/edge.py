"""What an edge is told of its nginx, and what it says of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ConfigurationFile(msgspec.Struct, frozen=True):
    """A file of nginx's. `owner` is the object that it is written from (`virtual_host/ID`, `upstream/ID`), and
    `version` that object's; "" and 0 where it belongs to the edge as a whole. `name` is without its ending."""

    name: str
    text: str
    owner: str = ""
    version: int = 0


class FileSet(msgspec.Struct, frozen=True):
    """All files of one generation; one of the edge as a whole makes nginx answer with its number."""

    generation: int
    files: tuple[ConfigurationFile, ...]


class Outcome(StrEnum):
    """What became of a generation on an edge."""

    # Its own nginx answers with its number.
    PROVEN = "proven"
    # nginx does not run, and takes it when it starts.
    WRITTEN = "written"
    # What ran before still does.
    REFUSED = "refused"
    # It was loaded, did not hold, and what ran before runs again.
    ROLLED_BACK = "rolled_back"


class Problem(msgspec.Struct, frozen=True):
    """What nginx says, in its own words; `line` of the file that the object was written into, 0 without one."""

    message: str
    line: int = 0


class ObjectState(msgspec.Struct, frozen=True):
    """An object that is not served as it is wanted: `served` is the version that is, 0 when none is."""

    owner: str
    wanted: int
    served: int
    problem: Problem


class DeployReport(msgspec.Struct, frozen=True):
    """`problem`: why the whole generation is not served; `objects`: those that are served otherwise than wanted."""

    generation: int
    outcome: Outcome
    objects: tuple[ObjectState, ...] = ()
    problem: Problem | None = None
