"""Which rows of a block are asked for: a mask of one byte a row. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nimbus.edge.access_logs.blocks import Column, StoredBlock
from nimbus.edge.access_logs.columns import chosen
from nimbus.edge.access_logs.lines import Place

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SEARCHED = (
    Column.URI,
    Column.HOST,
    Column.CLIENT,
    Column.USER_AGENT,
    Column.REFERER,
    Column.UPSTREAM,
    Column.RAW,
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Times in milliseconds since the epoch, `since` to before `until`. None: whatever it is.
    `workspaces`: those that may be read. `host` as the client said it, in lower case; `hosts`: ids of virtual
    hosts."""

    since: int
    until: int
    workspaces: frozenset[str] | None = None
    nodes: frozenset[str] | None = None
    hosts: frozenset[str] | None = None
    host: str = ""
    status_least: int = 0
    status_most: int = 999
    method: str = ""
    path: str = ""
    network: str = ""
    text: str = ""
    duration_least: int = 0

    def place_is_wanted(self, place: Place) -> bool:
        return (
            (self.workspaces is None or place.workspace_id in self.workspaces)
            and (self.nodes is None or place.node_id in self.nodes)
            and (self.hosts is None or place.virtual_host_id in self.hosts)
        )

    @property
    def is_about_places_alone(self) -> bool:
        """Nothing but time and place is asked, so that summaries have the answer."""
        return self == Wanted(
            since=self.since, until=self.until, workspaces=self.workspaces, nodes=self.nodes, hosts=self.hosts
        )


def mask_of(block: StoredBlock, wanted: Wanted) -> bytes | None:
    """None: no row is. What is cheap and says no first comes first."""
    mask: bytes | None = None
    for column, test in _tests(wanted):
        codes = block.codes(column)
        allowed = [1 if test(value) else 0 for value in codes.values]
        if not any(allowed):
            return None
        if not all(allowed):
            mask = _both(mask, chosen(codes.codes, allowed))
    if block.first < wanted.since or block.last >= wanted.until:
        least, most = wanted.since - block.first, wanted.until - block.first
        mask = _both(mask, bytes(least <= offset < most for offset in block.numbers(Column.AT)))
    if wanted.duration_least:
        least = wanted.duration_least
        mask = _both(
            mask, bytes(least <= duration < 0xFFFF_FFFF for duration in block.numbers(Column.DURATION))
        )
    if wanted.text:
        mask = _both(mask, _found(block, wanted.text))
    if mask is None:
        return b"\x01" * block.rows
    return mask if 1 in mask else None


def _tests(wanted: Wanted) -> list[tuple[Column, Callable[[Any], bool]]]:
    tests: list[tuple[Column, Callable[[Any], bool]]] = [(Column.PLACE, wanted.place_is_wanted)]
    if wanted.status_least > 0 or wanted.status_most < 999:
        tests.append((Column.STATUS, lambda status: wanted.status_least <= status <= wanted.status_most))
    if wanted.method:
        tests.append((Column.METHOD, lambda method: method == wanted.method))
    if wanted.host:
        tests.append((Column.HOST, lambda host: host.lower() == wanted.host))
    if wanted.network:
        network = ipaddress.ip_network(wanted.network)
        tests.append((Column.CLIENT, lambda client: _is_in(client, network)))
    if wanted.path:
        tests.append((Column.URI, lambda uri: uri.startswith(wanted.path)))
    return tests


def _is_in(client: str, network: Network) -> bool:
    try:
        return ipaddress.ip_address(client) in network
    except ValueError:
        return False


def _found(block: StoredBlock, text: str) -> bytes:
    """In any of the columns of text, in any case."""
    words, rows = text.lower(), bytes(block.rows)
    for column in _SEARCHED:
        codes = block.codes(column)
        hits = [1 if words in value.lower() else 0 for value in codes.values]
        if any(hits):
            rows = _either(rows, chosen(codes.codes, hits))
    return rows


def _both(one: bytes | None, other: bytes) -> bytes:
    if one is None:
        return other
    return _joined(int.from_bytes(one, "little") & int.from_bytes(other, "little"), len(one))


def _either(one: Sequence[int], other: bytes) -> bytes:
    return _joined(int.from_bytes(bytes(one), "little") | int.from_bytes(other, "little"), len(other))


def _joined(number: int, length: int) -> bytes:
    return number.to_bytes(length, "little")
