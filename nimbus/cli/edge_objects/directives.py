"""Directives of nginx, with where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """Of a directive: what could not be done with it, or what was done instead."""

    place: str
    text: str


@dataclass(frozen=True)
class Directive:
    """`block` is None for one that ends with `;`. `place` is FILE:LINE."""

    name: str
    arguments: tuple[str, ...]
    place: str
    block: tuple[Directive, ...] | None = None

    def all(self, *names: str) -> Iterator[Directive]:
        """Those within, by name."""
        return (one for one in self.block or () if one.name in names)
