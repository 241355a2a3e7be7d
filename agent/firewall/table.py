"""Pure: a firewall document as nft's JSON (libnftables-json(5)), and what nft lists, made comparable."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from nimbus.protocol.firewall import ANYWHERE, OVERLAY, FirewallRule

FAMILY, NAME, CHAIN = "inet", "nimbus", "incoming"
# After connection tracking (-200), before addresses are translated (-100): published ports of containers, too, are
# seen as they were asked for.
PRIORITY = -150
_TABLE = {"family": FAMILY, "name": NAME}
_PLACE = {"family": FAMILY, "table": NAME}
_OTHERS = "others"
Expression = list[dict[str, Any]]


def replacement(rules: Iterable[FirewallRule], interface: str) -> dict[str, Any]:
    """Commands that put these rules in the place of our table, in one transaction; without rules there is no table
    afterwards. `interface`: the mesh's; "": there is none, and `overlay` allows nothing."""
    commands: list[dict[str, Any]] = [{"add": {"table": _TABLE}}, {"delete": {"table": _TABLE}}]
    wanted = sorted(rules)
    if wanted:
        chain = {**_PLACE, "name": CHAIN, "type": "filter", "hook": "prerouting", "prio": PRIORITY}
        commands += [
            {"add": {"table": _TABLE}},
            {"add": {"chain": {**chain, "policy": "accept"}}},
            *({"add": {"rule": rule}} for rule in _chain_rules(wanted, interface)),
        ]
    return {"nftables": [{"metainfo": {"json_schema_version": 1}}, *commands]}


def comments(rules: Iterable[FirewallRule], interface: str) -> list[str]:
    """Of each rule of the chain, in order: by these what is there is known again."""
    wanted = sorted(rules)
    return [rule["comment"] for rule in _chain_rules(wanted, interface)] if wanted else []


def _chain_rules(rules: list[FirewallRule], interface: str) -> list[dict[str, Any]]:
    listed = [
        _rule([_equal({"meta": {"key": "iifname"}}, "lo"), {"accept": None}], "this host"),
        # Answers to what this host asked from such a port; who asks from outside is never in this direction.
        _rule([_equal({"ct": {"key": "direction"}}, "reply"), {"accept": None}], "answers"),
    ]
    for rule in rules:
        listed += [
            _rule([*source, _ports(rule), {"accept": None}], rule.resource)
            for source in _sources(rule.sources, interface)
        ]
    local = _equal({"fib": {"result": "type", "flags": ["daddr"]}}, "local")
    closed = sorted({(rule.protocol, rule.first_port, rule.last_port): rule for rule in rules}.items())
    return [*listed, *(_rule([local, _ports(rule), {"drop": None}], _OTHERS) for _, rule in closed)]


def _sources(named: tuple[str, ...], interface: str) -> list[Expression]:
    if ANYWHERE in named:
        return [[]]
    matches: list[Expression] = []
    if OVERLAY in named and interface:
        matches.append([_equal({"meta": {"key": "iifname"}}, interface)])
    networks = [ipaddress.ip_network(source) for source in named if source != OVERLAY]
    for family, version in (("ip", 4), ("ip6", 6)):
        of_family = [network for network in networks if network.version == version]
        if of_family:
            field = {"payload": {"protocol": family, "field": "saddr"}}
            matches.append([_equal(field, {"set": _prefixes(of_family)})])
    return matches


def _prefixes(networks: list[Any]) -> list[dict[str, Any]]:
    """Without overlaps, which a set of intervals refuses."""
    return [
        {"prefix": {"addr": str(network.network_address), "len": network.prefixlen}}
        for network in ipaddress.collapse_addresses(networks)
    ]


def _ports(rule: FirewallRule) -> dict[str, Any]:
    field = {"payload": {"protocol": rule.protocol, "field": "dport"}}
    if rule.first_port == rule.last_port:
        return _equal(field, rule.first_port)
    return _equal(field, {"range": [rule.first_port, rule.last_port]})


def _equal(left: dict[str, Any], right: Any) -> dict[str, Any]:
    return {"match": {"op": "==", "left": left, "right": right}}


def _rule(expression: Expression, comment: str) -> dict[str, Any]:
    return {**_PLACE, "chain": CHAIN, "expr": expression, "comment": comment}


def comparable(listed: dict[str, Any]) -> list[Any]:
    """What nft lists of our table, without what says nothing about its effect."""
    entries = []
    for entry in listed.get("nftables", ()):
        for kind, value in entry.items():
            if kind != "metainfo":
                entries.append((kind, {key: part for key, part in value.items() if key != "handle"}))
    return entries


def listed_comments(entries: list[Any]) -> list[str]:
    return [str(value.get("comment", "")) for kind, value in entries if kind == "rule"]
