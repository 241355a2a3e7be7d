"""Fields of secrets and certificates."""

from __future__ import annotations

FIELDS = {
    "adopted_at": "since when it was the primary, or was found in use",
    "encoding": "what `value` is written in: text, or base64 of bytes",
    "field": "which field of it",
    "force": "also when something uses it",
    "in_file": "whether the master key file has it",
    "last_read_at": "when the value was last read, RFC 3339 in UTC",
    "note": "what is for the operator to do; empty: nothing",
    "primary": "what is sealed from now on is sealed with it",
    "references": "what uses it",
    "restored_from": "version whose value this one has, after a rollback",
    "unreadable": "values that were altered, and stay as they are",
    "values": "how many stored values are sealed with it",
    "values_left": "values not yet sealed with the primary",
    "writable": "whether a rotation can write the master key file",
}
