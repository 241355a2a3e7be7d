"""What nft is told, and of what: our own table alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.firewall.table import comments, comparable, listed_comments, replacement
from nimbus.protocol.firewall import FirewallRule

OVERLAY_ONLY = FirewallRule("swarm/a", "tcp", 2377, 2377, ("overlay",))
RANGE = FirewallRule("bucket/b", "udp", 9000, 9010, ("192.0.2.0/24", "2001:db8::/32"))


def commands(*rules: FirewallRule, interface: str = "nimbus0") -> list[dict[str, Any]]:
    return list(replacement(rules, interface)["nftables"])


def chain_rules(*rules: FirewallRule, interface: str = "nimbus0") -> list[dict[str, Any]]:
    return [
        command["add"]["rule"]
        for command in commands(*rules, interface=interface)
        if "rule" in command.get("add", {})
    ]


def words(rule: dict[str, Any]) -> str:
    return json.dumps(rule["expr"])


def test_no_other_table_is_ever_named() -> None:
    for told in (commands(), commands(OVERLAY_ONLY, RANGE)):
        for command in told[1:]:
            [(verb, what)] = command.items()
            assert verb in ("add", "delete")
            [(kind, value)] = what.items()
            assert (value["family"], value.get("table", value.get("name"))) == ("inet", "nimbus"), (
                kind,
                value,
            )
    assert not any("flush" in command for command in commands(OVERLAY_ONLY))


def test_without_rules_there_is_no_table() -> None:
    assert [next(iter(command)) for command in commands()] == ["metainfo", "add", "delete"]
    assert comments((), "nimbus0") == []


def test_what_is_dropped_is_the_port_of_a_rule_and_for_this_host_alone() -> None:
    *accepting, dropping = chain_rules(OVERLAY_ONLY)
    assert all("accept" in rule["expr"][-1] for rule in accepting)
    assert dropping["expr"][-1] == {"drop": None}
    assert '"fib"' in words(dropping)
    assert "2377" in words(dropping)


def test_the_overlay_is_an_interface_and_never_an_address() -> None:
    [_, _, overlay, _] = chain_rules(OVERLAY_ONLY)
    assert "iifname" in words(overlay)
    assert "addr" not in words(overlay)
    # Without a mesh nothing comes through it.
    assert [rule["comment"] for rule in chain_rules(OVERLAY_ONLY, interface="")] == [
        "this host",
        "answers",
        "others",
    ]


def test_networks_by_family_without_overlaps() -> None:
    rule = FirewallRule("a/b", "tcp", 1, 1, ("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"))
    four, six = (rule for rule in chain_rules(rule) if rule["comment"] == "a/b")
    assert words(four).count("prefix") == 1
    assert '"ip6"' in words(six)


def test_a_port_of_two_resources_is_closed_to_the_others_once() -> None:
    other = FirewallRule("swarm/b", "tcp", 2377, 2377, ("anywhere",))
    told = [rule["comment"] for rule in chain_rules(OVERLAY_ONLY, other)]
    assert told == ["this host", "answers", "swarm/a", "swarm/b", "others"]
    assert told == comments((other, OVERLAY_ONLY), "nimbus0")


@pytest.mark.parametrize("listed", [{}, {"nftables": []}, {"nftables": [{"metainfo": {"version": "1"}}]}])
def test_a_table_that_is_not_there(listed: dict[str, Any]) -> None:
    assert listed_comments(comparable(listed)) == []


def test_handles_say_nothing() -> None:
    def listing(handle: int) -> dict[str, Any]:
        return {"nftables": [{"rule": {"handle": handle, "comment": "x", "expr": []}}]}

    assert comparable(listing(3)) == comparable(listing(4))
    assert listed_comments(comparable(listing(3))) == ["x"]
