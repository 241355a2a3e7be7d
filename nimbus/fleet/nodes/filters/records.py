"""Types of what nodes can be filtered by."""

from __future__ import annotations

import msgspec


class VersionCount(msgspec.Struct, frozen=True):
    version: str
    nodes: int
    outdated: bool


class SystemCount(msgspec.Struct, frozen=True):
    os: str
    nodes: int


class LabelCount(msgspec.Struct, frozen=True):
    label: str
    nodes: int


class NodeFilters(msgspec.Struct, frozen=True):
    """By how many nodes have each, most first; not more than 500 of a sort. `label` is `key=value`."""

    versions: tuple[VersionCount, ...]
    systems: tuple[SystemCount, ...]
    labels: tuple[LabelCount, ...]
