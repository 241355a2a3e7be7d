"""Pure decisions of the firewall."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nimbus.fleet.firewall.records import Opening, StoredRule
from nimbus.kernel.errors import invalid
from nimbus.kernel.hosts import network_of
from nimbus.protocol.firewall import ANYWHERE, OVERLAY, FirewallDocument, FirewallRule

MAX_OPENINGS = 64
MAX_NETWORKS = 64
_RESOURCE = re.compile(r"[a-z][a-z_]{0,31}/[A-Za-z0-9][A-Za-z0-9._:-]{0,99}", re.ASCII)


def check_resource(resource: str) -> str:
    """`kind/id`. Raises ValidationError."""
    if not _RESOURCE.fullmatch(resource):
        raise invalid("resource", f"{resource!r} must be KIND/ID")
    return resource


def checked(openings: Sequence[Opening]) -> tuple[Opening, ...]:
    """In their one spelling. Raises ValidationError."""
    if not 1 <= len(openings) <= MAX_OPENINGS:
        raise invalid("openings", f"must be 1 to {MAX_OPENINGS}")
    return tuple(dict.fromkeys(_checked(opening) for opening in openings))


def _checked(opening: Opening) -> Opening:
    if not 1 <= opening.first_port <= opening.last_port <= 65535:
        raise invalid("first_port", "ports must be from 1 to 65535, the first not after the last")
    return Opening(opening.protocol, opening.first_port, opening.last_port, sources(opening.sources))


def sources(given: Iterable[str]) -> tuple[str, ...]:
    """`anywhere` alone where it is among them; else `overlay` and networks, in order. Raises ValidationError."""
    named = list(given)
    if not 1 <= len(named) <= MAX_NETWORKS:
        raise invalid("sources", f"must be 1 to {MAX_NETWORKS} of overlay, anywhere, networks")
    if ANYWHERE in named:
        return (ANYWHERE,)
    networks = set()
    for source in named:
        if source == OVERLAY:
            continue
        try:
            networks.add(str(network_of(source)))
        except ValueError:
            raise invalid("sources", f"{source!r} is no network such as 192.0.2.0/24") from None
    return (*((OVERLAY,) if OVERLAY in named else ()), *sorted(networks))


def document(revision: int, rules: Sequence[StoredRule]) -> FirewallDocument:
    """What the node is told."""
    listed = [
        FirewallRule(
            rule.resource,
            rule.opening.protocol,
            rule.opening.first_port,
            rule.opening.last_port,
            rule.opening.sources,
        )
        for rule in rules
    ]
    return FirewallDocument(revision, tuple(sorted(listed)))
