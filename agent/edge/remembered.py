"""What an edge saw before its agent was started again: addresses of names, servers that are unwell. Functions
block."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from nimbus.protocol.files import write_atomically

log = logging.getLogger("nimbus.edge")


class Seen(msgspec.Struct, frozen=True):
    addresses: dict[str, tuple[str, ...]] = {}
    unwell: tuple[tuple[str, str], ...] = ()


_decoder = msgspec.json.Decoder(Seen)


def load_seen(file: Path) -> Seen:
    try:
        return _decoder.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return Seen()


def save_seen(file: Path, seen: Seen) -> None:
    try:
        write_atomically(file, msgspec.json.encode(seen))
    except OSError as error:
        log.warning("what the edge sees cannot be stored: %s", error.strerror or error)
