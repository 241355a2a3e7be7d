"""Types of the firewall."""

from __future__ import annotations

import msgspec

from nimbus.kernel.routing import PageQuery
from nimbus.protocol.firewall import Protocol


class Opening(msgspec.Struct, frozen=True):
    """Ports that a resource opens, and from where they are reached: `overlay`, `anywhere`, networks (CIDR)."""

    protocol: Protocol
    first_port: int
    last_port: int
    sources: tuple[str, ...]


class StoredRule(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    node_id: str
    resource: str
    opening: Opening
    created_at: int


class FirewallRuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the API shows it. `applied`: the node has said that it has the newest of its rules."""

    id: str
    node_id: str
    node: str
    workspace_id: str
    resource: str
    protocol: Protocol
    first_port: int
    last_port: int
    sources: tuple[str, ...]
    applied: bool
    created_at: str


class FirewallQuery(PageQuery, forbid_unknown_fields=True):
    """`node` is a name or an id; `resource` as the rule names it."""

    SORTS = ("resource", "first_port", "created_at")

    node: str | None = None
    resource: str | None = None


class FirewallChanged(msgspec.Struct, frozen=True):
    """Event: the node has another document."""

    node_id: str
    revision: int
