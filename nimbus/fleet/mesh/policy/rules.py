"""Who may talk to whom: pure decisions over documents and kinds of members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nimbus.fleet.mesh.policy.document import Direction, Document, both, fits, is_narrow, spelt
from nimbus.fleet.mesh.policy.records import (
    MAX_LABELS,
    MAX_NAME,
    MAX_PORTS,
    MAX_RULES,
    MAX_TESTS,
    MeshPolicy,
    PolicyRule,
    PolicyTest,
)
from nimbus.fleet.mesh.policy.subjects import KEEPS_NO_PORTS, Kind, Subject
from nimbus.kernel.errors import invalid
from nimbus.kernel.shapes import is_line
from nimbus.protocol.messages import MeshPorts
from nimbus.protocol.port_set import EVERYTHING, SPOKEN, parse

DEFAULT = MeshPolicy()
Policies = Mapping[str, MeshPolicy]
_NONE: frozenset[str] = frozenset()


class Passage(NamedTuple):
    """What is open between two members: `there` is what the first may open on the second, `back` the other way."""

    there: Direction
    back: Direction

    @property
    def is_closed(self) -> bool:
        return not (self.there.open or self.back.open)

    @property
    def is_whole(self) -> bool:
        """No packet between the two is to be dropped."""
        return self.there.open == self.back.open == EVERYTHING

    @property
    def rule(self) -> str:
        """Which decided of all, or opened what is open; "" where none did."""
        opened = () if self.is_whole else (*self.there.opened_by, *self.back.opened_by)
        return opened[0] if opened else self.there.decided[-1].rule

    @property
    def ports(self) -> MeshPorts:
        """As the first is told of the second."""
        return MeshPorts(incoming=self.back.open.words, outgoing=self.there.open.words)


class Between(NamedTuple):
    """Two members: `one_keeps_ports` and `other_keeps_ports` are whether each can keep what is said of ports."""

    passage: Passage
    one_keeps_ports: bool
    other_keeps_ports: bool

    @property
    def are_told(self) -> bool:
        """Of each other. Where not everything is open between them, both have to be able to keep that: one that
        drops nothing is no peer."""
        if self.passage.is_closed:
            return False
        return self.passage.is_whole or (self.one_keeps_ports and self.other_keeps_ports)


class Sight(NamedTuple):
    """Who is told of whom. `sees`: by scope, the scopes whose members its members are told of; `ports`: of those of
    them between which not everything is open, what is; `kept_apart`: scopes that would see others if their members
    could keep ports."""

    sees: dict[str, frozenset[str]]
    ports: dict[str, dict[str, MeshPorts]]
    kept_apart: frozenset[str] = _NONE


class Book:
    """All documents, made ready for many questions. It may be asked by several threads."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self._documents = {owner: Document(owner, policy) for owner, policy in policies.items()}
        self._named = {owner: named_by(policy) for owner, policy in policies.items()}
        # By owner: no selector is asked twice.
        self._selectors = [
            (spelt(selector, owner), owner, selector)
            for owner, policy in policies.items()
            for rule in policy.rules
            for selector in (rule.from_, rule.to)
            if is_narrow(selector)
        ]
        self._by_ports = {
            organization
            for owner, document in self._documents.items()
            if document.has_ports
            for organization in self._near(owner)
        }
        self._seen: tuple[frozenset[str], Sight] = (frozenset(), Sight({}, {}))

    def _near(self, owner: str) -> list[str]:
        """The organization, and those that it names and that name it."""
        named = self._named
        return [owner, *(each for each in named.get(owner, _NONE) if owner in named.get(each, _NONE))]

    def kind_of(self, subject: Subject) -> Kind:
        """A selector of something that is gone fits nobody."""
        matched = [
            spelling for spelling, owner, selector in self._selectors if fits(selector, owner, subject)
        ]
        if subject.organization in self._by_ports and not subject.keeps_ports:
            matched.append(KEEPS_NO_PORTS)
        return Kind(subject.organization, frozenset(matched))

    def passage(self, one: Kind, other: Kind) -> Passage:
        """What the documents leave open between two members. Over a border those of both have to."""
        inside = one.organization == other.organization
        documents = [self._document(one.organization)]
        if not inside:
            documents.append(self._document(other.organization))

        def direction(from_: Kind, to: Kind) -> Direction:
            first, *more = (document.direction(from_, to, inside=inside) for document in documents)
            return both(first, more[0]) if more else first

        there = direction(one, other)
        is_even = not any(document.has_ports for document in documents)
        return Passage(there, there if is_even else direction(other, one))

    def between(self, one: Kind, other: Kind) -> Between:
        return Between(self.passage(one, other), one.keeps_ports, other.keeps_ports)

    def _document(self, owner: str) -> Document:
        return self._documents.get(owner) or Document(owner, DEFAULT)

    def sight(self, kinds: Mapping[str, Kind]) -> Sight:
        """Of these scopes. Those of organizations that do not name each other are not even compared."""
        scopes, seen = self._seen
        if scopes != kinds.keys():
            seen = self._sight(kinds)
            self._seen = (frozenset(kinds), seen)
        return seen

    def _sight(self, kinds: Mapping[str, Kind]) -> Sight:
        by_organization: dict[str, list[str]] = {}
        for scope, kind in kinds.items():
            by_organization.setdefault(kind.organization, []).append(scope)
        sees: dict[str, frozenset[str]] = {}
        ports: dict[str, dict[str, MeshPorts]] = {}
        kept_apart = set()
        for scope, kind in kinds.items():
            near = [
                other for each in self._near(kind.organization) for other in by_organization.get(each, ())
            ]
            between = {other: self.between(kind, kinds[other]) for other in near}
            told = {other: each.passage for other, each in between.items() if each.are_told}
            sees[scope] = frozenset(told)
            narrow = {other: passage.ports for other, passage in told.items() if not passage.is_whole}
            if narrow:
                ports[scope] = narrow
            if not kind.keeps_ports and any(
                not each.are_told and not each.passage.is_closed for each in between.values()
            ):
                kept_apart.add(scope)
        return Sight(sees, ports, frozenset(kept_apart))


def named_by(policy: MeshPolicy) -> frozenset[str]:
    """Other organizations that a document speaks of."""
    return frozenset(
        selector.organization
        for rule in policy.rules
        for selector in (rule.from_, rule.to)
        if selector.organization
    )


def passes(test: PolicyTest, found: Passage) -> bool:
    """Whether what was found is what has to hold. Where some ports are open, two nodes neither reach each other nor
    not."""
    if not test.port:
        return found.is_whole if test.allowed else found.is_closed
    ports = parse((test.port,))
    return not ports - found.there.open if test.allowed else not ports & found.there.open


def check(policy: MeshPolicy) -> None:
    """What can be said of a document without looking anything up. Raises ValidationError."""
    if len(policy.rules) > MAX_RULES or len(policy.tests) > MAX_TESTS:
        raise invalid("rules", f"at most {MAX_RULES} rules and {MAX_TESTS} tests")
    names = [rule.name for rule in policy.rules]
    for at, rule in enumerate(policy.rules):
        if rule.name in names[:at]:
            raise invalid(f"rules[{at}].name", f"there are two rules of the name {rule.name!r}")
        _check_rule(rule, f"rules[{at}]")
    for at, test in enumerate(policy.tests):
        if test.port:
            _check_ports((test.port,), f"tests[{at}].port")


def _check_rule(rule: PolicyRule, field: str) -> None:
    if not is_line(rule.name, MAX_NAME, blank=False):
        raise invalid(f"{field}.name", "must be 1 to 64 printable characters")
    if rule.from_.organization and rule.to.organization:
        raise invalid(field, "one side has to be of this organization: only one may name another")
    for selector in (rule.from_, rule.to):
        if len(selector.labels) > MAX_LABELS:
            raise invalid(f"{field}.labels", f"at most {MAX_LABELS} labels")
    if rule.ports is not None:
        if not rule.ports:
            raise invalid(f"{field}.ports", "names no port: leave it out for all of them")
        if len(rule.ports) > MAX_PORTS:
            raise invalid(f"{field}.ports", f"at most {MAX_PORTS} of them")
        _check_ports(rule.ports, f"{field}.ports")


def _check_ports(words: tuple[str, ...], field: str) -> None:
    try:
        ports = parse(words)
    except ValueError as error:
        raise invalid(field, str(error)) from None
    if ports.other:
        raise invalid(field, f"names no port: write {SPOKEN}")
