"""Who may talk to whom: pure decisions over documents and kinds of members."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, Selector
from nimbus.kernel.errors import invalid

MAX_RULES, MAX_TESTS, MAX_LABELS = 100, 200, 16
DEFAULT = MeshPolicy()
Policies = Mapping[str, MeshPolicy]
_NONE: frozenset[str] = frozenset()
_encode = msgspec.json.Encoder(order="sorted").encode


class Subject(NamedTuple):
    """What a document looks at: ids of organization and workspace, labels."""

    organization: str
    workspace: str
    labels: Mapping[str, str]


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


class Home(NamedTuple):
    """Where a node belongs; `workspace` is the name of its own."""

    kind: Kind
    workspace: str


class Verdict(NamedTuple):
    """`rule` is the name of the one that decided, "" where none did; `organization` the id of that whose document
    forbids it."""

    allowed: bool
    rule: str = ""
    organization: str = ""


def organization_of(scope: str) -> str:
    return scope.partition("/")[0]


class _Rule(NamedTuple):
    """`from_` and `to` are what members of the side have matched, "" for all of its organization."""

    name: str
    allowed: bool
    from_organization: str
    from_: str
    to_organization: str
    to: str


class _Document:
    """The rules of one organization, each a bit: which of them fit a kind is found once, which of them fit a pair
    is then a matter of whole numbers."""

    def __init__(self, owner: str, policy: MeshPolicy) -> None:
        self._owner = owner
        self._allows = policy.default == "allow"
        self._rules = [_rule(owner, rule) for rule in policy.rules]
        self._sides: dict[Kind, tuple[int, int]] = {}

    def _sides_of(self, kind: Kind) -> tuple[int, int]:
        sides = self._sides.get(kind)
        if sides is None:
            from_ = to = 0
            for at, rule in enumerate(self._rules):
                from_ |= _is_of(kind, rule.from_organization, rule.from_) << at
                to |= _is_of(kind, rule.to_organization, rule.to) << at
            sides = self._sides[kind] = (from_, to)
        return sides

    def decision(self, one: Kind, other: Kind, *, inside: bool) -> Verdict:
        (from_one, to_one), (from_other, to_other) = self._sides_of(one), self._sides_of(other)
        fitting = from_one & to_other | from_other & to_one
        if fitting:
            rule = self._rules[(fitting & -fitting).bit_length() - 1]
            return Verdict(rule.allowed, rule.name, "" if rule.allowed else self._owner)
        allowed = inside and self._allows
        return Verdict(allowed, "", "" if allowed else self._owner)


class Book:
    """All documents, made ready for many questions. It may be asked by several threads."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self._documents = {owner: _Document(owner, policy) for owner, policy in policies.items()}
        self._named = {owner: named_by(policy) for owner, policy in policies.items()}
        # By owner: no selector is asked twice.
        self._selectors = [
            (_spelt(selector, owner), owner, selector)
            for owner, policy in policies.items()
            for rule in policy.rules
            for selector in (rule.from_, rule.to)
            if _is_narrow(selector)
        ]
        self._seen: tuple[frozenset[str], dict[str, frozenset[str]]] = (frozenset(), {})

    def kind_of(self, subject: Subject) -> Kind:
        """A selector of something that is gone fits nobody."""
        matched = [spelt for spelt, owner, selector in self._selectors if _fits(selector, owner, subject)]
        return Kind(subject.organization, frozenset(matched))

    def verdict(self, one: Kind, other: Kind) -> Verdict:
        """Whether two members talk. Over a border the documents of both have to allow it."""
        inside = one.organization == other.organization
        first = self._document(one.organization).decision(one, other, inside=inside)
        if inside or not first.allowed:
            return first
        return self._document(other.organization).decision(one, other, inside=False)

    def _document(self, owner: str) -> _Document:
        return self._documents.get(owner) or _Document(owner, DEFAULT)

    def views(self, kinds: Mapping[str, Kind]) -> dict[str, frozenset[str]]:
        """By scope, the scopes whose members its members are told of. Scopes of organizations that do not name each
        other are not even compared."""
        scopes, seen = self._seen
        if scopes != kinds.keys():
            seen = self._views(kinds)
            self._seen = (frozenset(kinds), seen)
        return seen

    def _views(self, kinds: Mapping[str, Kind]) -> dict[str, frozenset[str]]:
        by_organization: dict[str, list[str]] = {}
        for scope, kind in kinds.items():
            by_organization.setdefault(kind.organization, []).append(scope)
        named = self._named
        seen: dict[str, frozenset[str]] = {}
        for scope, kind in kinds.items():
            own = kind.organization
            near = [own, *(other for other in named.get(own, _NONE) if own in named.get(other, _NONE))]
            seen[scope] = frozenset(
                other
                for organization in near
                for other in by_organization.get(organization, ())
                if self.verdict(kind, kinds[other]).allowed
            )
        return seen


def named_by(policy: MeshPolicy) -> frozenset[str]:
    """Other organizations that a document speaks of."""
    return frozenset(
        selector.organization
        for rule in policy.rules
        for selector in (rule.from_, rule.to)
        if selector.organization
    )


def check(policy: MeshPolicy) -> None:
    """What can be said of a document without looking anything up. Raises ValidationError."""
    if len(policy.rules) > MAX_RULES or len(policy.tests) > MAX_TESTS:
        raise invalid("rules", f"at most {MAX_RULES} rules and {MAX_TESTS} tests")
    names = [rule.name for rule in policy.rules]
    for at, rule in enumerate(policy.rules):
        field = f"rules[{at}]"
        if not rule.name.strip() or len(rule.name) > 64 or not rule.name.isprintable():
            raise invalid(f"{field}.name", "must be 1 to 64 printable characters")
        if rule.name in names[:at]:
            raise invalid(f"{field}.name", f"there are two rules of the name {rule.name!r}")
        if rule.from_.organization and rule.to.organization:
            raise invalid(field, "one side has to be of this organization: only one may name another")
        for selector in (rule.from_, rule.to):
            if len(selector.labels) > MAX_LABELS:
                raise invalid(f"{field}.labels", f"at most {MAX_LABELS} labels")


def _rule(owner: str, rule: PolicyRule) -> _Rule:
    return _Rule(
        rule.name,
        rule.action == "allow",
        rule.from_.organization or owner,
        _spelt(rule.from_, owner) if _is_narrow(rule.from_) else "",
        rule.to.organization or owner,
        _spelt(rule.to, owner) if _is_narrow(rule.to) else "",
    )


def _is_of(kind: Kind, organization: str, spelt: str) -> bool:
    return kind.organization == organization and (not spelt or spelt in kind.matched)


def _is_narrow(selector: Selector) -> bool:
    """It does not take all members of an organization."""
    return bool(selector.workspace or selector.labels)


def _fits(selector: Selector, owner: str, subject: Subject) -> bool:
    return (
        subject.organization == (selector.organization or owner)
        and selector.workspace in ("", subject.workspace)
        and all(subject.labels.get(name) == value for name, value in selector.labels.items())
    )


def _spelt(selector: Selector, owner: str) -> str:
    return _encode((selector.organization or owner, selector.workspace, selector.labels)).decode()
