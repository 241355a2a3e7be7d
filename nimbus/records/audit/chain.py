"""The hash chain: how a row is encoded, what its hash is, and whether rows that follow each other hold.

    hash(row) = HMAC-SHA256(key, "nimbus-audit-row-1\\n" + hash before it (64 hex digits) + "\\n" + fields)

`fields` is a JSON array (RFC 8259, no spaces, UTF-8, only what must be escaped is) of the columns in the order of
`AuditRow`. The first row follows `GENESIS`. A mark (head, anchor, witness) carries
HMAC-SHA256(key, "nimbus-audit-KIND-1\\n" + sequence + "\\n" + hash). All of it is pure.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec

from nimbus.records.audit.records import AuditRow, Chained, ChainState, Fault, Finding, Known, Mark

GENESIS = "0" * 64
# What a row follows when the note of the newest row cannot be trusted: the chain must not hold there.
BROKEN = "f" * 64
HEAD, ANCHOR, WITNESS = "head", "anchor", "witness"
_encode = msgspec.json.Encoder().encode


def row_hash(key: bytes, previous: str, row: AuditRow) -> str:
    """64 hex digits."""
    fields = _encode(msgspec.structs.astuple(row))
    return hmac.digest(key, b"nimbus-audit-row-1\n" + previous.encode() + b"\n" + fields, "sha256").hex()


def mark(key: bytes, kind: str, sequence: int, hash_: str) -> Mark:
    return Mark(sequence, hash_, _mark_mac(key, kind, sequence, hash_))


def is_ours(key: bytes, kind: str, mark: Mark) -> bool:
    return hmac.compare_digest(_mark_mac(key, kind, mark.sequence, mark.hash).encode(), mark.mac.encode())


def _mark_mac(key: bytes, kind: str, sequence: int, hash_: str) -> str:
    return hmac.digest(key, f"nimbus-audit-{kind}-1\n{sequence}\n{hash_}".encode(), "sha256").hex()


class Walk:
    """Follows the chain, in as many pieces as one likes. `position` and `hash` are of the last row that held."""

    def __init__(self, key: bytes, start: Mark) -> None:
        self._key = key
        self.position = start.sequence
        self.hash = start.hash
        self.count = 0
        self.first: int | None = None

    def follow(self, rows: Sequence[Chained], beyond: Chained | None = None) -> Finding | None:
        """The next rows, by sequence; what is wrong with the first that is wrong. `beyond` is the row after them,
        which only helps to say what."""
        for number, chained in enumerate(rows):
            row = chained.row
            finding = self._check(chained, rows[number + 1] if number + 1 < len(rows) else beyond)
            if finding is not None:
                return finding
            self.position, self.hash = row.sequence, chained.hash
            self.first = row.sequence if self.first is None else self.first
            self.count += 1
        return None

    def _check(self, chained: Chained, following: Chained | None) -> Finding | None:
        row, expected = chained.row, self.position + 1
        if row.sequence > expected:
            gone = (
                f"row {expected} of the audit log was"
                if row.sequence == expected + 1
                else f"rows {expected} to {row.sequence - 1} of the audit log were"
            )
            return Finding(Fault.REMOVED, expected, f"{gone} removed")
        if row.sequence < expected:
            return Finding(
                Fault.INSERTED, row.sequence, f"row {row.sequence} is before the chain's start", row.id
            )
        if not chained.hash:
            return Finding(
                Fault.INSERTED, expected, f"row {expected} was inserted past the audit log", row.id
            )
        if hmac.compare_digest(row_hash(self._key, self.hash, row).encode(), chained.hash.encode()):
            return None
        if (
            following is not None
            and following.row.sequence == expected + 1
            and row_hash(self._key, chained.hash, following.row) == following.hash
        ):
            # The next row follows this row's hash, so that the hash is the one that was written.
            return Finding(
                Fault.ALTERED, expected, f"row {expected} was altered after it was written", row.id
            )
        return Finding(
            Fault.REPLACED,
            expected,
            f"row {expected} is not the one that was written there (replaced, inserted or moved)",
            row.id,
        )

    def end(self, head: Mark) -> Finding | None:
        """After the last row: whether that is where the log ended."""
        if self.position < head.sequence:
            return Finding(
                Fault.REMOVED,
                self.position + 1,
                f"rows {self.position + 1} to {head.sequence}, the newest, were removed",
            )
        if self.position > head.sequence or self.hash != head.hash:
            return Finding(Fault.HEAD, head.sequence, "the note of the newest row names another row")
        return None


def check_marks(key: bytes, state: ChainState) -> Finding | None:
    if not is_ours(key, ANCHOR, state.anchor):
        return Finding(Fault.ANCHOR, state.anchor.sequence, "the note of the oldest row was altered")
    if not is_ours(key, HEAD, state.head):
        return Finding(Fault.HEAD, state.head.sequence, "the note of the newest row was altered")
    return None


def check_known(known: Known | None, state: ChainState) -> Finding | None:
    """Whether the log reaches as far as it was seen to."""
    if known is None or known.key_id != state.key_id or known.sequence <= state.head.sequence:
        return None
    first = state.head.sequence + 1
    return Finding(
        Fault.REMOVED,
        first,
        f"rows {first} to {known.sequence}, the newest, were removed with the note of them",
    )
