"""Pure decisions of secrets and of the rotation of master keys. No error quotes a value."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence

from nimbus.db.sealed_columns import Usage
from nimbus.kernel.errors import invalid
from nimbus.trust.secrets.records import MAX_VALUE_BYTES, Encoding, MasterKeyState

KEPT_VERSIONS = 5
# The words of paths beside names.
RESERVED_NAMES = frozenset({"master-key"})


def checked_value(value: str, encoding: Encoding) -> str:
    """The value as it is kept: base64 in its one canonical spelling. Raises ValidationError."""
    if encoding == "text":
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise invalid("value", "must be valid Unicode") from None
        kept = value
    else:
        try:
            raw = base64.b64decode(value, validate=True)
        except ValueError:
            raise invalid("value", "must be base64 (RFC 4648 section 4), as `encoding` says") from None
        size, kept = len(raw), base64.b64encode(raw).decode()
    if not 1 <= size <= MAX_VALUE_BYTES:
        raise invalid("value", f"must have 1 to {MAX_VALUE_BYTES} bytes, this one has {size}")
    return kept


def values_per_key(used: Sequence[Usage]) -> dict[str, int]:
    """Key id to how many values name it; "": altered ones."""
    counts: dict[str, int] = {}
    for use in used:
        counts[use.key_id] = counts.get(use.key_id, 0) + use.count
    return counts


def values_left(used: Sequence[Usage], primary: str) -> int:
    return sum(use.count for use in used if use.key_id != primary)


def to_retire(
    in_file: Sequence[str], primary: str, used: Sequence[Usage], adopted: Collection[str]
) -> tuple[str, ...]:
    """The keys that may leave the file: were in use once, are no more. One that was never adopted stays: somebody
    has put it there for later, perhaps as the next primary (first)."""
    needed = {use.key_id for use in used} | {primary}
    return tuple(key_id for key_id in in_file[1:] if key_id not in needed and key_id in adopted)


def state_of(
    left: int, unreadable: int, damaged: int, retiring: Collection[str], writable: bool
) -> MasterKeyState:
    """`unreadable` of those that are `left` do not open; `damaged` of those that are sealed with the primary."""
    if left > unreadable:
        return MasterKeyState.REENCRYPTING
    if retiring:
        return MasterKeyState.RETIRING if writable else MasterKeyState.REMOVE_BY_HAND
    return MasterKeyState.UNREADABLE if unreadable or damaged else MasterKeyState.CURRENT


def note_of(state: MasterKeyState, file: str, lines: Sequence[int], unreadable: int) -> str:
    """What is for the operator to do; "" when that is nothing."""
    notes = []
    if state is MasterKeyState.REMOVE_BY_HAND:
        which = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines))}"
        notes.append(f"No value needs {which} of {file} any more: remove that, and restart.")
    if unreadable:
        notes.append(
            f"{unreadable} values were altered and do not open; the log names them. Restore them from a backup,"
            " or set them again. The keys that they name stay in the file."
        )
    return " ".join(notes)
