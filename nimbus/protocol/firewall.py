"""The section `firewall` of a node's desired state: which ports of which resources are reached from where."""

from __future__ import annotations

from typing import Literal

import msgspec

Protocol = Literal["tcp", "udp"]
# Through the mesh's own interface, whatever address the packet is for.
OVERLAY = "overlay"
ANYWHERE = "anywhere"


class FirewallRule(msgspec.Struct, frozen=True, order=True):
    """The ports `first_port` to `last_port` of one resource. `sources`: `overlay`, `anywhere`, or networks in CIDR
    notation; what comes from elsewhere to one of these ports is dropped."""

    resource: str
    protocol: Protocol
    first_port: int
    last_port: int
    sources: tuple[str, ...]


class FirewallDocument(msgspec.Struct, frozen=True):
    """All of them, at one revision."""

    revision: int
    rules: tuple[FirewallRule, ...] = ()
