"""Pure: what is open to which peer as nft's JSON (libnftables-json(5)).

Two maps from a peer's address to a chain, which peers with the same ports share: for what comes from it, as it is
on the wire (before addresses are translated, priority -100), and for what goes to it (after that, priority 100).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nimbus.protocol.messages import MeshPorts
from nimbus.protocol.port_set import EVERYTHING, NOTHING, PortSet, Ranges, parse
from nimbus.wireguard.relay_frame import PORT as RELAY_PORT
from nimbus.wireguard.sessions import DISCARD_PORT, MARK

FAMILY, NAME = "inet", "nimbus_mesh"
FROM, TO = "from_peer", "to_peer"
_INCOMING, _OUTGOING = "incoming", "outgoing"
_BEFORE_NAT, _AFTER_NAT = -150, 150
_PLACE = {"family": FAMILY, "table": NAME}
# RFC 792: they belong to a connection, and are what finds the MTU of a way (RFC 1191).
_ERRORS = ["destination-unreachable", "time-exceeded", "parameter-problem"]
_RELAY = PortSet(udp=((RELAY_PORT, RELAY_PORT),))
Command = dict[str, Any]
Peers = Mapping[str, MeshPorts]


def lets_no_echo(ports: MeshPorts) -> bool:
    return not _open(ports.outgoing).icmp


def removal() -> Command:
    """Also where there is no table."""
    return _transaction(_without_table())


def whole(peers: Peers, interface: str) -> Command:
    """Commands that put this table in the place of the present one; `peers` by their address in the mesh."""
    base = [
        {"add": {"table": {"family": FAMILY, "name": NAME}}},
        *(
            {"add": {"map": {**_PLACE, "name": name, "type": "ipv4_addr", "map": "verdict"}}}
            for name in (FROM, TO)
        ),
        _base_chain(_INCOMING, "prerouting", _BEFORE_NAT),
        _base_chain(_OUTGOING, "postrouting", _AFTER_NAT),
        _rule(_INCOMING, [_equal(_meta("iifname"), interface), _looked_up("saddr", FROM)]),
        _rule(_OUTGOING, [_equal(_meta("oifname"), interface), _looked_up("daddr", TO)]),
    ]
    return _transaction([*_without_table(), *base, *_changes({}, peers)])


def change(before: Peers, after: Peers) -> Command:
    """The difference, for a table that has `before`."""
    return _transaction(_changes(before, after))


def sample() -> Command:
    """A table with all that is ever used: whether this machine takes it tells whether it can keep ports."""
    some = PortSet(tcp=((22, 23),), udp=((53, 53),), icmp=True, other=True)
    return whole({"192.0.2.1": MeshPorts(incoming=some.words, outgoing=("everything",))}, "lo")


def _without_table() -> list[Command]:
    table = {"family": FAMILY, "name": NAME}
    return [{"add": {"table": table}}, {"delete": {"table": table}}]


def _transaction(commands: Iterable[Command]) -> Command:
    return {"nftables": [{"metainfo": {"json_schema_version": 1}}, *commands]}


def _changes(before: Peers, after: Peers) -> list[Command]:
    had = {ports.id: ports for ports in before.values()}
    has = {ports.id: ports for ports in after.values()}
    gone = {address for address, ports in before.items() if after.get(address) != ports}
    come = {address: ports for address, ports in after.items() if before.get(address) != ports}
    commands = [command for key in sorted(has.keys() - had.keys()) for command in _chains(key, has[key])]
    for name, chain in ((FROM, _in), (TO, _out)):
        if gone:
            commands.append({"delete": _elements(name, sorted(gone))})
        if come:
            targets = [
                [address, {"goto": {"target": chain(ports.id)}}] for address, ports in sorted(come.items())
            ]
            commands.append({"add": _elements(name, targets)})
    unused = sorted(had.keys() - has.keys())
    return commands + [
        {"delete": {"chain": {**_PLACE, "name": name}}} for key in unused for name in (_in(key), _out(key))
    ]


def _elements(name: str, elements: list[Any]) -> Command:
    return {"element": {**_PLACE, "name": name, "elem": elements}}


def _in(key: str) -> str:
    return f"in_{key}"


def _out(key: str) -> str:
    return f"out_{key}"


def _chains(key: str, ports: MeshPorts) -> list[Command]:
    incoming, outgoing = _open(ports.incoming) | _RELAY, _open(ports.outgoing) | _RELAY
    # Handshakes are started by packets that the other end drops: see `nimbus.wireguard.sessions`.
    own = [
        [_equal(_meta("mark"), MARK), _equal(_field("icmp", "type"), "echo-request")],
        [_equal(_meta("mark"), MARK), _equal(_field("udp", "dport"), DISCARD_PORT)],
    ]
    commands: list[Command] = []
    for chain, original, reply, more in (
        (_in(key), incoming, outgoing, []),
        (_out(key), outgoing, incoming, own),
    ):
        commands.append({"add": {"chain": {**_PLACE, "name": chain}}})
        matches = [
            *_matches("original", original, "dport"),
            *_matches("reply", reply, "sport"),
            _related(),
            *more,
        ]
        commands += [_rule(chain, [*match, {"accept": None}]) for match in matches]
        commands.append(_rule(chain, [{"drop": None}]))
    return commands


def _open(words: Iterable[str]) -> PortSet:
    """A word that is not known opens nothing: a newer control plane may know more."""
    together = NOTHING
    for word in words:
        try:
            together |= parse((word,))
        except ValueError:
            continue
    return together


def _matches(direction: str, ports: PortSet, field: str) -> list[list[Command]]:
    """Packets of this direction of a connection that begins with a packet to one of the ports."""
    is_direction = _equal({"ct": {"key": "direction"}}, direction)
    if ports == EVERYTHING:
        return [[is_direction]]
    protocols: list[Command] = [
        _equal(_field(protocol, field), {"set": _ranges(ranges)})
        for protocol, ranges in (("tcp", ports.tcp), ("udp", ports.udp))
        if ranges
    ]
    if ports.icmp:
        protocols.append(_equal(_meta("l4proto"), "icmp"))
    if ports.other:
        others = {"op": "!=", "left": _meta("l4proto"), "right": {"set": ["tcp", "udp", "icmp"]}}
        protocols.append({"match": others})
    return [[is_direction, protocol] for protocol in protocols]


def _ranges(ranges: Ranges) -> list[Any]:
    return [first if first == last else {"range": [first, last]} for first, last in ranges]


def _related() -> list[Command]:
    is_related = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "related"}}
    return [is_related, _equal(_field("icmp", "type"), {"set": _ERRORS})]


def _base_chain(name: str, hook: str, priority: int) -> Command:
    chain = {**_PLACE, "name": name, "type": "filter", "hook": hook, "prio": priority, "policy": "accept"}
    return {"add": {"chain": chain}}


def _looked_up(field: str, name: str) -> Command:
    return {"vmap": {"key": _field("ip", field), "data": f"@{name}"}}


def _meta(key: str) -> Command:
    return {"meta": {"key": key}}


def _field(protocol: str, name: str) -> Command:
    return {"payload": {"protocol": protocol, "field": name}}


def _equal(left: Command, right: Any) -> Command:
    return {"match": {"op": "==", "left": left, "right": right}}


def _rule(chain: str, expression: list[Command]) -> Command:
    return {"add": {"rule": {**_PLACE, "chain": chain, "expr": expression}}}


def peers_in(listed: list[Any]) -> set[str]:
    """The addresses in a table as `comparable` makes it."""
    return {str(element[0]) for name in (FROM, TO) for element in _elements_of(listed, name)}


def has_peers(listed: list[Any], peers: Peers) -> bool:
    """Whether a listed table has these peers and the chains that they need, and no others."""
    for name, chain in ((FROM, _in), (TO, _out)):
        found = {str(element[0]): element[1] for element in _elements_of(listed, name)}
        if found != {address: {"goto": {"target": chain(ports.id)}} for address, ports in peers.items()}:
            return False
    keys = {ports.id for ports in peers.values()}
    chains = {_INCOMING, _OUTGOING, *map(_in, keys), *map(_out, keys)}
    return {value.get("name") for kind, value in listed if kind == "chain"} == chains


def parts_of(listed: list[Any]) -> dict[str, list[Any]]:
    """By chain, "" for the rest: what a listed table has beside its peers, which are listed in any order."""
    parts: dict[str, list[Any]] = {}
    for kind, value in listed:
        of_chain = value["name"] if kind == "chain" else value.get("chain", "")
        entry = {key: each for key, each in value.items() if key != "elem"}
        parts.setdefault(of_chain, []).append((kind, entry))
    return parts


def _elements_of(listed: list[Any], name: str) -> list[Any]:
    maps = [value for kind, value in listed if kind == "map" and value.get("name") == name]
    return [element for each in maps for element in each.get("elem", ()) if isinstance(element, list)]
