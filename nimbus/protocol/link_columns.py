"""What was measured of many ways, in few bytes: a column for each kind of number, compressed together.

A fleet of 1,000 nodes has a million ways, nearly all of them direct and alike. As objects each takes 150 bytes, as
columns a tenth of it. Times lose what nobody looks at: ages are whole seconds, round trips tens of microseconds.
"""

from __future__ import annotations

import ipaddress
import itertools
import zlib
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from nimbus.protocol.messages import Link

WAYS = ("", "lan", "outside", "relay", "tls")
# Of what is unpacked: some 10,000 ways. Whoever sends more measures no mesh.
MOST_BYTES = 1 << 20
_RTT_STEPS_PER_MS = 100
_MOST = (1 << 63) - 1

_Number = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    """`addresses` ascend; each is told as the distance to the one before."""

    addresses: list[_Number]
    ages: list[_Number | None]
    trips: list[_Number | None]
    received: list[_Number]
    sent: list[_Number]
    ways: list[Annotated[int, msgspec.Meta(ge=0, lt=len(WAYS))]]
    endpoints: list[str]


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Columns)


def holds(link: Link) -> bool:
    """Whether columns hold all that is known of it; else it travels and is kept whole."""
    return not (link.tried or link.asked_first or link.mtu)


def pack(ways: Iterable[tuple[int, Link]]) -> bytes:
    """`ways` are addresses in the mesh, as numbers, and what was measured of the way there. What names a link
    (`peer`, `name`) and `tried` is not packed."""
    columns = _Columns([], [], [], [], [], [], [])
    before = 0
    for address, link in sorted(ways, key=lambda way: way[0]):
        columns.addresses.append(address - before)
        before = address
        columns.ages.append(_whole(link.handshake_age_s))
        columns.trips.append(_whole(link.rtt_ms, _RTT_STEPS_PER_MS))
        columns.received.append(_within(link.rx_bytes))
        columns.sent.append(_within(link.tx_bytes))
        columns.ways.append(WAYS.index(link.way) if link.way in WAYS else 0)
        columns.endpoints.append(link.endpoint)
    return zlib.compress(_encoder.encode(columns)) if columns.addresses else b""


class PackedLinks:
    """What `pack` packed, by address; a link is made when it is asked for. Raises ValueError where it is nothing
    that `pack` makes."""

    def __init__(self, packed: bytes) -> None:
        self._columns = _decoded(packed) if packed else _Columns([], [], [], [], [], [], [])
        columns = self._columns
        self._rows = {address: row for row, address in enumerate(itertools.accumulate(columns.addresses))}
        lengths = {
            len(column)
            for column in (
                columns.addresses,
                columns.ages,
                columns.trips,
                columns.received,
                columns.sent,
                columns.ways,
                columns.endpoints,
            )
        }
        if len(lengths) != 1:
            raise ValueError("measurements that cannot be read: columns of different lengths")

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def get(self, address: int) -> Link | None:
        row = self._rows.get(address)
        if row is None:
            return None
        columns = self._columns
        age, trip = columns.ages[row], columns.trips[row]
        return Link(
            peer="",
            name="",
            handshake_age_s=None if age is None else float(age),
            rtt_ms=None if trip is None else trip / _RTT_STEPS_PER_MS,
            rx_bytes=columns.received[row],
            tx_bytes=columns.sent[row],
            endpoint=columns.endpoints[row],
            way=WAYS[columns.ways[row]],
        )


def _decoded(packed: bytes) -> _Columns:
    decompressor = zlib.decompressobj()
    try:
        columns = _decoder.decode(decompressor.decompress(packed, MOST_BYTES))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ValueError(f"measurements that cannot be read: {error}") from None
    if not decompressor.eof:
        raise ValueError("measurements that cannot be read: too many, or cut off")
    return columns


def _whole(value: float | None, steps: int = 1) -> int | None:
    return None if value is None else _within(round(max(0.0, min(value, _MOST)) * steps))


def _within(number: int) -> int:
    """What another process says may be any number."""
    return max(0, min(number, _MOST))


def address_number(address: str) -> int:
    return int(ipaddress.IPv4Address(address))
