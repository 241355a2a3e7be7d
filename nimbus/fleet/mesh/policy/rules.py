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


def kind_of(policies: Policies, subject: Subject) -> Kind:
    """Raises nothing: a selector of something that is gone fits nobody."""
    matched = [
        _spelt(selector, owner)
        for owner, policy in policies.items()
        for rule in policy.rules
        for selector in (rule.from_, rule.to)
        if _is_narrow(selector) and _fits(selector, owner, subject)
    ]
    return Kind(subject.organization, frozenset(matched))


def verdict(policies: Policies, one: Kind, other: Kind) -> Verdict:
    """Whether two members talk. Over a border the documents of both have to allow it."""
    if one.organization == other.organization:
        return _decision(policies, one.organization, one, other, inside=True)
    first = _decision(policies, one.organization, one, other, inside=False)
    return _decision(policies, other.organization, one, other, inside=False) if first.allowed else first


def views(policies: Policies, kinds: Mapping[str, Kind]) -> dict[str, frozenset[str]]:
    """By scope, the scopes whose members its members are told of. Scopes of organizations that do not name each
    other are not even compared."""
    by_organization: dict[str, list[str]] = {}
    for scope, kind in kinds.items():
        by_organization.setdefault(kind.organization, []).append(scope)
    named = {owner: named_by(policy) for owner, policy in policies.items()}
    seen: dict[str, frozenset[str]] = {}
    for scope, kind in kinds.items():
        own = kind.organization
        near = [own, *(other for other in named.get(own, _NONE) if own in named.get(other, _NONE))]
        seen[scope] = frozenset(
            other
            for organization in near
            for other in by_organization.get(organization, ())
            if verdict(policies, kind, kinds[other]).allowed
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


def _decision(policies: Policies, owner: str, one: Kind, other: Kind, *, inside: bool) -> Verdict:
    policy = policies.get(owner, DEFAULT)
    for rule in policy.rules:
        if _is_of(rule, owner, one, other) or _is_of(rule, owner, other, one):
            allowed = rule.action == "allow"
            return Verdict(allowed, rule.name, "" if allowed else owner)
    allowed = inside and policy.default == "allow"
    return Verdict(allowed, "", "" if allowed else owner)


def _is_of(rule: PolicyRule, owner: str, one: Kind, other: Kind) -> bool:
    return _is_matched(rule.from_, owner, one) and _is_matched(rule.to, owner, other)


def _is_matched(selector: Selector, owner: str, kind: Kind) -> bool:
    if not _is_narrow(selector):
        return kind.organization == (selector.organization or owner)
    return _spelt(selector, owner) in kind.matched


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
