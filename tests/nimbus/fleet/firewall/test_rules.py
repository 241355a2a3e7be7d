"""Openings in their one spelling, and what a node is told."""

from __future__ import annotations

from typing import Any

import pytest

from nimbus.fleet.firewall.records import Opening, StoredRule
from nimbus.fleet.firewall.rules import check_resource, checked, document, sources
from nimbus.kernel.errors import ValidationError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["overlay"], ("overlay",)),
        (["192.0.2.0/24", "overlay"], ("overlay", "192.0.2.0/24")),
        (["192.0.2.1"], ("192.0.2.1/32",)),
        (["2001:DB8::/32"], ("2001:db8::/32",)),
        (["overlay", "anywhere"], ("anywhere",)),
    ],
)
def test_sources(given: list[str], kept: tuple[str, ...]) -> None:
    assert sources(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["192.0.2.1/24"],
        ["everywhere"],
        ["; flush ruleset"],
        ["fe80::1%; flush ruleset"],
        ["overlay"] * 65,
    ],
)
def test_what_is_no_source(given: list[str]) -> None:
    with pytest.raises(ValidationError):
        sources(given)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (1, 65536), (-1, -1)])
def test_what_is_no_port(first: int, last: int) -> None:
    with pytest.raises(ValidationError):
        checked([Opening("tcp", first, last, ("overlay",))])


@pytest.mark.parametrize(
    "resource", ["", "swarm", "/a", "swarm/", "Swarm/a", "swarm/a b", 'swarm/a"', "swarm/" + "a" * 200]
)
def test_what_names_no_resource(resource: str) -> None:
    with pytest.raises(ValidationError):
        check_resource(resource)


def test_the_same_rules_are_the_same_document() -> None:
    def rule(resource: str, **fields: Any) -> StoredRule:
        opening = Opening("tcp", 1, 2, ("overlay",))
        return StoredRule(
            id=resource, node_id="n", resource=resource, opening=opening, created_at=1, **fields
        )

    a, b = rule("swarm/a"), rule("swarm/b")
    assert document(3, [a, b]) == document(3, [b, a])
    assert [told.resource for told in document(3, [b, a]).rules] == ["swarm/a", "swarm/b"]
