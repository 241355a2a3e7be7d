"""One document, read: what its rules say of two kinds of members. Pure.

Of each direction and each port the first rule that fits decides. A rule without ports fits in both directions; one
with ports speaks of what members of `from` open on members of `to`.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, Selector
from nimbus.fleet.mesh.policy.subjects import Kind, Subject
from nimbus.protocol.port_set import EVERYTHING, NOTHING, PortSet, parse

_encode = msgspec.json.Encoder(order="sorted").encode


class Decided(NamedTuple):
    """What one rule decided; `rule` is "" where none fitted."""

    rule: str
    ports: PortSet
    allowed: bool


class Direction(NamedTuple):
    """What one member may open on the other. `organization` is the id of that whose document leaves nothing open,
    "" where something is."""

    open: PortSet
    decided: tuple[Decided, ...]
    organization: str = ""

    def rule_of(self, ports: PortSet) -> str:
        """Which decided of these first, "" where none did."""
        return next((each.rule for each in self.decided if each.ports & ports), "")

    @property
    def opened_by(self) -> tuple[str, ...]:
        """The rules that let through what is open."""
        return tuple(
            dict.fromkeys(d.rule for d in self.decided if d.rule and d.allowed and d.ports & self.open)
        )


class _Rule(NamedTuple):
    """`from_` and `to` are what members of the side have matched, "" for all of its organization; `ports` None:
    all, in both directions."""

    name: str
    allowed: bool
    from_organization: str
    from_: str
    to_organization: str
    to: str
    ports: PortSet | None


class Document:
    """The rules of one organization, each a bit: which of them fit a kind is found once, which of them fit a pair
    is then a matter of whole numbers."""

    def __init__(self, owner: str, policy: MeshPolicy) -> None:
        self._owner = owner
        self._rules = [_rule(owner, rule) for rule in policy.rules]
        # Of rules without ports, which are most of them, what comes of each is known beforehand.
        self._whole = [self._decision(rule.name, allowed=rule.allowed) for rule in self._rules]
        self._default = {
            inside: self._decision("", allowed=inside and policy.default == "allow")
            for inside in (True, False)
        }
        self._both_ways = sum((rule.ports is None) << at for at, rule in enumerate(self._rules))
        self.has_ports = any(rule.ports is not None for rule in self._rules)
        self._sides: dict[Kind, tuple[int, int]] = {}

    def _decision(self, rule: str, *, allowed: bool) -> Direction:
        decided = (Decided(rule, EVERYTHING, allowed),)
        return Direction(EVERYTHING, decided) if allowed else Direction(NOTHING, decided, self._owner)

    def _sides_of(self, kind: Kind) -> tuple[int, int]:
        sides = self._sides.get(kind)
        if sides is None:
            from_ = to = 0
            for at, rule in enumerate(self._rules):
                from_ |= _is_of(kind, rule.from_organization, rule.from_) << at
                to |= _is_of(kind, rule.to_organization, rule.to) << at
            sides = self._sides[kind] = (from_, to)
        return sides

    def direction(self, one: Kind, other: Kind, *, inside: bool) -> Direction:
        """What `one` may open on `other`."""
        (from_one, to_one), (from_other, to_other) = self._sides_of(one), self._sides_of(other)
        fitting = from_one & to_other | from_other & to_one & self._both_ways
        lowest = fitting & -fitting
        if not fitting:
            return self._default[inside]
        if lowest & self._both_ways:
            return self._whole[lowest.bit_length() - 1]
        return self._by_ports(fitting, inside=inside)

    def _by_ports(self, fitting: int, *, inside: bool) -> Direction:
        left, open_, decided = EVERYTHING, NOTHING, []
        while left:
            lowest = fitting & -fitting
            rule = self._rules[lowest.bit_length() - 1] if fitting else None
            name, allowed = (rule.name, rule.allowed) if rule else ("", bool(self._default[inside].open))
            ports = left if rule is None or rule.ports is None else rule.ports & left
            if ports:
                decided.append(Decided(name, ports, allowed))
            open_ = open_ | ports if allowed else open_
            left, fitting = left - ports, fitting ^ lowest
        return Direction(open_, tuple(decided), "" if open_ else self._owner)


def both(one: Direction, other: Direction) -> Direction:
    """What two documents leave open together."""
    if one.open == EVERYTHING or not other.open:
        return other
    if other.open == EVERYTHING or not one.open:
        return one
    open_ = one.open & other.open
    return Direction(
        open_, one.decided + other.decided, "" if open_ else one.organization or other.organization
    )


def _rule(owner: str, rule: PolicyRule) -> _Rule:
    return _Rule(
        rule.name,
        rule.action == "allow",
        rule.from_.organization or owner,
        spelt(rule.from_, owner) if is_narrow(rule.from_) else "",
        rule.to.organization or owner,
        spelt(rule.to, owner) if is_narrow(rule.to) else "",
        None if rule.ports is None else parse(rule.ports),
    )


def _is_of(kind: Kind, organization: str, spelt: str) -> bool:
    return kind.organization == organization and (not spelt or spelt in kind.matched)


def is_narrow(selector: Selector) -> bool:
    """It does not take all members of an organization."""
    return bool(selector.workspace or selector.labels)


def fits(selector: Selector, owner: str, subject: Subject) -> bool:
    return (
        subject.organization == (selector.organization or owner)
        and selector.workspace in ("", subject.workspace)
        and all(subject.labels.get(name) == value for name, value in selector.labels.items())
    )


def spelt(selector: Selector, owner: str) -> str:
    """The one spelling of what it selects."""
    return _encode((selector.organization or owner, selector.workspace, selector.labels)).decode()
