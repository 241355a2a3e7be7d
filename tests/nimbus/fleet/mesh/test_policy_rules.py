"""Who may talk to whom, against a second reading of the documents that knows no kinds and no scopes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, Selector
from nimbus.fleet.mesh.policy.rules import (
    DEFAULT,
    MAX_RULES,
    Book,
    Kind,
    Policies,
    Subject,
    check,
    organization_of,
)
from nimbus.kernel.errors import ValidationError

ORGANIZATIONS = ("one", "two", "three")
labels = st.dictionaries(st.sampled_from(["role", "tier"]), st.sampled_from(["a", "b"]), max_size=2)
workspaces = st.sampled_from(["w1", "w2"])
subjects = st.builds(Subject, st.sampled_from(ORGANIZATIONS), workspaces, labels)
own = st.builds(Selector, st.just(""), st.sampled_from(["", "w1", "w2"]), labels)
foreign = st.builds(Selector, st.sampled_from(["", *ORGANIZATIONS]), st.sampled_from(["", "w1"]), labels)
rules = st.builds(PolicyRule, st.just("rule"), st.sampled_from(["allow", "deny"]), own, foreign)
documents = st.builds(MeshPolicy, st.sampled_from(["allow", "deny"]), st.lists(rules, max_size=4).map(tuple))
policies = st.dictionaries(st.sampled_from(ORGANIZATIONS), documents)


def read(policies: Policies, owner: str, one: Subject, other: Subject) -> bool:
    """What the document of `owner` says of two members, read rule by rule."""

    def fits(selector: Selector, subject: Subject) -> bool:
        wanted = {"organization": selector.organization or owner, "workspace": selector.workspace}
        return (
            subject.organization == wanted["organization"]
            and (not wanted["workspace"] or subject.workspace == wanted["workspace"])
            and selector.labels.items() <= dict(subject.labels).items()
        )

    document = policies.get(owner, DEFAULT)
    for rule in document.rules:
        for left, right in ((one, other), (other, one)):
            if fits(rule.from_, left) and fits(rule.to, right):
                return rule.action == "allow"
    return one.organization == other.organization and document.default == "allow"


def may_talk(policies: Policies, one: Subject, other: Subject) -> bool:
    book = Book(policies)
    return book.verdict(book.kind_of(one), book.kind_of(other)).allowed


@given(policies, subjects, subjects)
def test_two_members_talk_where_every_document_that_is_asked_allows_it(
    policies: Policies, one: Subject, other: Subject
) -> None:
    expected = all(read(policies, owner, one, other) for owner in {one.organization, other.organization})
    assert may_talk(policies, one, other) == may_talk(policies, other, one) == expected


@given(policies, st.lists(subjects, max_size=6))
def test_the_scopes_that_a_scope_sees_are_those_of_the_members_that_it_may_talk_to(
    policies: Policies, members: list[Subject]
) -> None:
    book = Book(policies)
    kinds = [book.kind_of(member) for member in members]
    # Asked before of fewer, it says the same.
    book.views({kind.scope: kind for kind in kinds[:1]})
    for _ in range(2):
        seen = book.views({kind.scope: kind for kind in kinds})
    for kind, member in zip(kinds, members, strict=True):
        assert organization_of(kind.scope) == member.organization
        for other_kind, other in zip(kinds, members, strict=True):
            assert (other_kind.scope in seen[kind.scope]) == may_talk(policies, member, other)


@given(st.dictionaries(st.sampled_from(ORGANIZATIONS[:2]), documents), subjects, subjects)
def test_nothing_crosses_a_border_that_one_side_does_not_open(
    policies: Policies, one: Subject, other: Subject
) -> None:
    third = one._replace(organization="three")
    if other.organization != "three":
        assert not may_talk(policies, third, other)
    else:
        assert may_talk(policies, third, other)


@given(subjects, subjects)
def test_without_documents_an_organization_is_one_scope(one: Subject, other: Subject) -> None:
    assert Book({}).kind_of(one) == Kind(one.organization)
    assert may_talk({}, one, other) == (one.organization == other.organization)


def test_who_forbids_it_is_named() -> None:
    split = PolicyRule("split", "deny", Selector(workspace="w1"), Selector(workspace="w2"))
    book = Book({"one": MeshPolicy(rules=(split,)), "two": MeshPolicy(default="deny")})
    at = {name: book.kind_of(Subject("one", name, {})) for name in ("w1", "w2")}
    assert book.verdict(at["w2"], at["w1"]) == (False, "split", "one")
    assert book.verdict(at["w1"], at["w1"]) == (True, "", "")
    one, two = Kind("one"), Kind("two")
    assert book.verdict(two, two) == (False, "", "two")
    ours = MeshPolicy(rules=(PolicyRule("join", "allow", Selector(), Selector(organization="two")),))
    book = Book({"one": ours, "two": MeshPolicy(default="deny")})
    assert book.verdict(one, two) == book.verdict(two, one) == (False, "", "two")
    theirs = MeshPolicy(rules=(PolicyRule("too", "allow", to=Selector(organization="one")),))
    assert Book({"one": ours, "two": theirs}).verdict(one, two).allowed


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (MeshPolicy(rules=(PolicyRule(" ", "deny"),)), "rules[0].name"),
        (MeshPolicy(rules=(PolicyRule("a\nb", "deny"),)), "rules[0].name"),
        (MeshPolicy(rules=(PolicyRule("a", "deny"), PolicyRule("a", "allow"))), "rules[1].name"),
        (
            MeshPolicy(
                rules=(PolicyRule("a", "deny", Selector(organization="x"), Selector(organization="y")),)
            ),
            "rules[0]",
        ),
        (MeshPolicy(rules=tuple(PolicyRule(str(n), "deny") for n in range(MAX_RULES + 1))), "rules"),
        (
            MeshPolicy(rules=(PolicyRule("a", "deny", Selector(labels={str(n): "x" for n in range(20)})),)),
            "rules[0].labels",
        ),
    ],
)
def test_documents_that_say_nothing_sensible(policy: MeshPolicy, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        check(policy)
    assert refused.value.details[0]["field"] == field
