"""What documents look at: members, and the kinds of them that no document tells apart. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

_NONE: frozenset[str] = frozenset()
# No selector is spelt so: a node that cannot keep what documents say of ports, where any does.
KEEPS_NO_PORTS = "keeps no ports"
_encode = msgspec.json.Encoder(order="sorted").encode


class Subject(NamedTuple):
    """What a document looks at: ids of organization and workspace, labels; and whether the node filters by port."""

    organization: str
    workspace: str
    labels: Mapping[str, str]
    keeps_ports: bool = False


class Kind(NamedTuple):
    """Members that no document tells apart: `matched` are the selectors that fit them, in their one spelling."""

    organization: str
    matched: frozenset[str] = _NONE

    @property
    def scope(self) -> str:
        """Its name among the scopes of the mesh: the organization's id, and what sets it apart from the rest."""
        if not self.matched:
            return self.organization
        digest = hashlib.sha256(_encode(sorted(self.matched))).hexdigest()
        return f"{self.organization}/{digest[:32]}"

    @property
    def keeps_ports(self) -> bool:
        return KEEPS_NO_PORTS not in self.matched


class Home(NamedTuple):
    """Where a node belongs; `workspace` is the name of its own."""

    kind: Kind
    workspace: str


def organization_of(scope: str) -> str:
    return scope.partition("/")[0]
