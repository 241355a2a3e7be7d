"""What was measured of many ways, in few bytes: a column for each kind of number, compressed together.

A fleet of 1,000 nodes has a million ways, nearly all of them direct and alike. As objects each takes 150 bytes, as
columns a tenth of it. Times lose what nobody looks at: ages are whole seconds, round trips tens of microseconds.
"""

from __future__ import annotations

import ipaddress
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec

from nimbus.protocol.messages import Link

WAYS = ("", "lan", "outside", "relay", "tls")
# Of what is unpacked: some 10,000 ways. Whoever sends more measures no mesh.
MOST_BYTES = 1 << 20
_RTT_STEPS_PER_MS = 100
_MOST = (1 << 63) - 1

_Number = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]


class _Columns(msgspec.Struct, array_like=True):
    """`addresses` ascend; each is told as the distance to the one before. The last six may be empty, as of
    an older version."""

    addresses: list[_Number] = []
    ages: list[_Number | None] = []
    trips: list[_Number | None] = []
    received: list[_Number] = []
    sent: list[_Number] = []
    ways: list[Annotated[int, msgspec.Meta(ge=0, lt=len(WAYS))]] = []
    endpoints: list[str] = []
    idle: list[bool] = []
    asked_first: list[bool] = []
    mtus: list[_Number] = []
    echoes: list[_Number] = []
    lost: list[_Number] = []
    ago: list[_Number] = []


# In the place of the columns that may be empty.
_NOTHING = (False, False, 0, 0, 0, 0)
_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Columns)
_Row = tuple[Any, ...]


def holds(link: Link) -> bool:
    """Whether columns hold all that is known of it; else it travels and is kept whole."""
    return not link.tried


def pack(ways: Iterable[tuple[int, Link]]) -> bytes:
    """`ways` are addresses in the mesh, as numbers, and what was measured of the way there. What names a link
    (`peer`, `name`) and `tried` is not packed."""
    return _packed({address: _row_of(link) for address, link in ways})


class Merged(NamedTuple):
    """`used` are the addresses whose newer ways were taken, `trips` all round trips that there are now, in ms;
    `oldest_s`: so long ago was the oldest measured."""

    packed: bytes
    used: frozenset[int]
    trips: list[float]
    oldest_s: int


def merged(packed: bytes, keep: Callable[[int], bool], newer: Mapping[int, Link], later_s: int) -> Merged:
    """`packed` with `newer` ways, by address, in the place of older ones that it has; of the others those stay that
    are to `keep`. `later_s` is from the time at which `packed` was told to the one at which this is. Raises
    ValueError as `PackedLinks` does."""
    rows: dict[int, _Row] = {}
    used = set(newer)
    for address, row in PackedLinks(packed).rows():
        ago = _within(row[-1] + later_s)
        if keep(address) and (address not in newer or ago < newer[address].ago_s):
            used.discard(address)
            rows[address] = (*row[:-1], ago)
    rows |= {address: _row_of(newer[address]) for address in used}
    trips = [row[1] / _RTT_STEPS_PER_MS for row in rows.values() if row[1] is not None]
    oldest_s = max((row[-1] for row in rows.values()), default=0)
    return Merged(_packed(rows), frozenset(used), trips, oldest_s)


def _row_of(link: Link) -> _Row:
    return (
        _whole(link.handshake_age_s),
        _whole(link.rtt_ms, _RTT_STEPS_PER_MS),
        _within(link.rx_bytes),
        _within(link.tx_bytes),
        WAYS.index(link.way) if link.way in WAYS else 0,
        link.endpoint,
        link.idle,
        link.asked_first,
        _within(link.mtu),
        _within(link.sent),
        _within(link.lost),
        _within(link.ago_s),
    )


def _packed(rows: Mapping[int, _Row]) -> bytes:
    if not rows:
        return b""
    addresses = sorted(rows)
    steps = [address - before for before, address in itertools.pairwise([0, *addresses])]
    columns = [list(column) for column in zip(*(rows[address] for address in addresses), strict=True)]
    told = [column if any(column) else [] for column in columns[-len(_NOTHING) :]]
    return zlib.compress(_encoder.encode(_Columns(steps, *columns[: -len(_NOTHING)], *told)))


class PackedLinks:
    """What `pack` packed, by address; a link is made when it is asked for. Raises ValueError where it is nothing
    that `pack` makes, or unpacked more than `most_bytes`."""

    def __init__(self, packed: bytes, most_bytes: int = MOST_BYTES) -> None:
        columns = list(msgspec.structs.astuple(_decoded(packed, most_bytes) if packed else _Columns()))
        number = len(columns[0])
        for place, nothing in enumerate(_NOTHING, start=len(columns) - len(_NOTHING)):
            columns[place] = columns[place] or [nothing] * number
        if {len(column) for column in columns} != {number}:
            raise ValueError("measurements that cannot be read: columns of different lengths")
        self._columns = columns[1:]
        self._rows = {address: row for row, address in enumerate(itertools.accumulate(columns[0]))}

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> Iterator[tuple[int, _Row]]:
        return zip(self._rows, zip(*self._columns, strict=True), strict=True)

    def get(self, address: int) -> Link | None:
        row = self._rows.get(address)
        if row is None:
            return None
        age, trip, received, sent, way, endpoint, idle, asked_first, mtu, echoes, lost, ago = (
            column[row] for column in self._columns
        )
        return Link(
            peer="",
            name="",
            handshake_age_s=None if age is None else float(age),
            rtt_ms=None if trip is None else trip / _RTT_STEPS_PER_MS,
            rx_bytes=received,
            tx_bytes=sent,
            endpoint=endpoint,
            way=WAYS[way],
            asked_first=asked_first,
            mtu=mtu,
            idle=idle,
            sent=echoes,
            lost=lost,
            ago_s=ago,
        )


def _decoded(packed: bytes, most_bytes: int) -> _Columns:
    decompressor = zlib.decompressobj()
    try:
        columns = _decoder.decode(decompressor.decompress(packed, most_bytes))
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
