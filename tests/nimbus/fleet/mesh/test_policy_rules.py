"""Who may talk to whom, against a second reading of the documents that knows no kinds and no scopes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.policy.records import (
    MAX_PORTS,
    MAX_RULES,
    MeshPolicy,
    PolicyRule,
    PolicyTest,
    Selector,
)
from nimbus.fleet.mesh.policy.rules import DEFAULT, Book, Passage, Policies, check, passes
from nimbus.fleet.mesh.policy.subjects import Kind, Subject, organization_of
from nimbus.kernel.errors import ValidationError
from nimbus.protocol.port_set import EVERYTHING, NOTHING, PortSet, parse

ORGANIZATIONS = ("one", "two", "three")
labels = st.dictionaries(st.sampled_from(["role", "tier"]), st.sampled_from(["a", "b"]), max_size=2)
workspaces = st.sampled_from(["w1", "w2"])
subjects = st.builds(Subject, st.sampled_from(ORGANIZATIONS), workspaces, labels, st.booleans())
own = st.builds(Selector, st.just(""), st.sampled_from(["", "w1", "w2"]), labels)
foreign = st.builds(Selector, st.sampled_from(["", *ORGANIZATIONS]), st.sampled_from(["", "w1"]), labels)
words = st.sampled_from(["tcp/22", "tcp/20-30", "tcp", "udp/22", "udp/53", "icmp"])
ports = st.none() | st.lists(words, min_size=1, max_size=3).map(tuple)
rules = st.builds(PolicyRule, st.just("rule"), st.sampled_from(["allow", "deny"]), own, foreign, ports)
# Of which many fit.
wide = st.builds(
    PolicyRule, st.just("rule"), st.just("allow"), st.just(Selector()), st.just(Selector()), ports
)
# Packets that one of these rules fits, or none: protocol and destination port.
PACKETS = [
    ("tcp", 22),
    ("tcp", 25),
    ("tcp", 80),
    ("udp", 22),
    ("udp", 53),
    ("udp", 0),
    ("icmp", 0),
    ("other", 0),
]
documents = st.builds(MeshPolicy, st.sampled_from(["allow", "deny"]), st.lists(rules, max_size=4).map(tuple))
policies = st.dictionaries(st.sampled_from(ORGANIZATIONS), documents)
SSH = ("tcp/22",)


def has(ports: PortSet, packet: tuple[str, int]) -> bool:
    part = getattr(ports, packet[0])
    return part if isinstance(part, bool) else any(first <= packet[1] <= last for first, last in part)


def read(policies: Policies, owner: str, one: Subject, other: Subject, packet: tuple[str, int]) -> bool:
    """Whether the document of `owner` has `one` open what begins with this packet to `other`, rule by rule."""

    def fits(selector: Selector, subject: Subject) -> bool:
        wanted = {"organization": selector.organization or owner, "workspace": selector.workspace}
        return (
            subject.organization == wanted["organization"]
            and (not wanted["workspace"] or subject.workspace == wanted["workspace"])
            and selector.labels.items() <= dict(subject.labels).items()
        )

    document = policies.get(owner, DEFAULT)
    for rule in document.rules:
        if fits(rule.from_, one) and fits(rule.to, other):
            if rule.ports is None or any(has(parse([word]), packet) for word in rule.ports):
                return rule.action == "allow"
        elif rule.ports is None and fits(rule.from_, other) and fits(rule.to, one):
            return rule.action == "allow"
    return one.organization == other.organization and document.default == "allow"


def expected(policies: Policies, one: Subject, other: Subject) -> set[tuple[str, int]]:
    owners = {one.organization, other.organization}
    return {
        packet for packet in PACKETS if all(read(policies, owner, one, other, packet) for owner in owners)
    }


def passage(policies: Policies, one: Subject, other: Subject) -> Passage:
    book = Book(policies)
    return book.passage(book.kind_of(one), book.kind_of(other))


def may_talk(policies: Policies, one: Subject, other: Subject) -> bool:
    book = Book(policies)
    return book.between(book.kind_of(one), book.kind_of(other)).are_told


@given(policies, subjects, subjects)
def test_what_is_open_is_what_every_document_that_is_asked_lets_through(
    policies: Policies, one: Subject, other: Subject
) -> None:
    found = passage(policies, one, other)
    back = passage(policies, other, one)
    assert (back.there.open, back.back.open) == (found.back.open, found.there.open)
    for direction, (from_, to) in ((found.there, (one, other)), (found.back, (other, one))):
        assert {packet for packet in PACKETS if has(direction.open, packet)} == expected(policies, from_, to)
        assert bool(direction.open) == (not direction.organization)
        assert not direction.opened_by or direction.open


@given(
    st.dictionaries(
        st.sampled_from(ORGANIZATIONS[:1]),
        st.builds(MeshPolicy, st.just("deny"), st.lists(wide, min_size=1, max_size=3).map(tuple)),
        min_size=1,
    )
    | policies,
    subjects.map(lambda subject: subject._replace(organization="one")) | subjects,
    subjects.map(lambda subject: subject._replace(organization="one")) | subjects,
)
def test_two_members_are_told_where_something_is_open_and_both_keep_the_rest_closed(
    policies: Policies, one: Subject, other: Subject
) -> None:
    is_open = [expected(policies, one, other), expected(policies, other, one)]
    is_whole = all(len(each) == len(PACKETS) for each in is_open)
    told = any(is_open) and (is_whole or (one.keeps_ports and other.keeps_ports))
    assert may_talk(policies, one, other) == may_talk(policies, other, one) == told


@given(policies, st.lists(subjects, max_size=6))
def test_the_scopes_that_a_scope_sees_are_those_of_the_members_that_it_may_talk_to(
    policies: Policies, members: list[Subject]
) -> None:
    book = Book(policies)
    kinds = [book.kind_of(member) for member in members]
    # Asked before of fewer, it says the same.
    book.sight({kind.scope: kind for kind in kinds[:1]})
    for _ in range(2):
        sight = book.sight({kind.scope: kind for kind in kinds})
    for kind, member in zip(kinds, members, strict=True):
        assert organization_of(kind.scope) == member.organization
        for other_kind, other in zip(kinds, members, strict=True):
            told = may_talk(policies, member, other)
            assert (other_kind.scope in sight.sees[kind.scope]) == told
            found = passage(policies, member, other)
            ports = None if not told or found.is_whole else found.ports
            assert sight.ports.get(kind.scope, {}).get(other_kind.scope) == ports


@given(st.dictionaries(st.sampled_from(ORGANIZATIONS), documents), subjects)
def test_who_keeps_no_ports_is_of_another_kind_only_where_a_document_speaks_of_ports(
    policies: Policies, subject: Subject
) -> None:
    book = Book(policies)
    speaks = any(rule.ports for document in policies.values() for rule in document.rules)
    kinds = {book.kind_of(subject._replace(keeps_ports=keeps)) for keeps in (False, True)}
    assert len(kinds) == 1 or speaks


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

    def named(book: Book, one: Kind, other: Kind) -> tuple[bool, str, str]:
        found = book.passage(one, other)
        return found.is_whole, found.rule, found.there.organization

    assert named(book, at["w2"], at["w1"]) == (False, "split", "one")
    assert named(book, at["w1"], at["w1"]) == (True, "", "")
    one, two = Kind("one"), Kind("two")
    assert named(book, two, two) == (False, "", "two")
    ours = MeshPolicy(rules=(PolicyRule("join", "allow", Selector(), Selector(organization="two")),))
    book = Book({"one": ours, "two": MeshPolicy(default="deny")})
    assert named(book, one, two) == named(book, two, one) == (False, "", "two")
    theirs = MeshPolicy(rules=(PolicyRule("too", "allow", to=Selector(organization="one")),))
    assert Book({"one": ours, "two": theirs}).passage(one, two).is_whole


ADMIN, WEB = Selector(labels={"role": "admin"}), Selector(labels={"role": "web"})


def test_ports_are_of_one_direction_and_the_first_rule_decides_of_each() -> None:
    rules = (
        PolicyRule("no old shell", "deny", ADMIN, WEB, ("tcp/23",)),
        PolicyRule("admins", "allow", ADMIN, WEB, ("tcp/20-25", "icmp")),
    )
    book = Book({"one": MeshPolicy("deny", rules)})
    admin, web = (book.kind_of(Subject("one", "w", {"role": role}, True)) for role in ("admin", "web"))
    found = book.passage(admin, web)
    assert found.there.open.words == ("tcp/20-22", "tcp/24-25", "icmp")
    assert found.there.opened_by == ("admins",)
    assert (found.back.open, found.back.organization) == (NOTHING, "one")
    for test, holds in (
        (PolicyTest("a", "b", True, "tcp/22"), True),
        (PolicyTest("a", "b", True, "tcp/20-25"), False),
        (PolicyTest("a", "b", False, "tcp/20-25"), False),
        (PolicyTest("a", "b", False, "tcp/23"), True),
        # Neither: something is open.
        (PolicyTest("a", "b", True), False),
        (PolicyTest("a", "b", False), False),
    ):
        assert passes(test, found) == holds, test


def test_over_a_border_what_both_sides_let_through_is_open() -> None:
    def document(other: str, *words: str) -> MeshPolicy:
        sides = (Selector(), Selector(organization=other))
        from_, to = sides if other == "two" else sides[::-1]
        return MeshPolicy(rules=(PolicyRule(f"with {other}", "allow", from_, to, words),))

    book = Book({"one": document("two", "tcp/20-25", "udp"), "two": document("one", "tcp/22-30")})
    found = book.passage(Kind("one"), Kind("two"))
    assert found.there.open.words == ("tcp/22-25",)
    assert found.there.opened_by == ("with two", "with one")
    assert not found.back.open
    assert EVERYTHING - found.there.open


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
        (MeshPolicy(rules=(PolicyRule("a", "allow", ports=()),)), "rules[0].ports"),
        (MeshPolicy(rules=(PolicyRule("a", "allow", ports=("ssh",)),)), "rules[0].ports"),
        # What a part of a set is called is no port.
        (MeshPolicy(rules=(PolicyRule("a", "allow", ports=("everything",)),)), "rules[0].ports"),
        (MeshPolicy(rules=(PolicyRule("a", "allow", ports=SSH * (MAX_PORTS + 1)),)), "rules[0].ports"),
        (MeshPolicy(tests=(PolicyTest("a", "b", port="22"),)), "tests[0].port"),
    ],
)
def test_documents_that_say_nothing_sensible(policy: MeshPolicy, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        check(policy)
    assert refused.value.details[0]["field"] == field
