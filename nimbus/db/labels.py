"""Labels as a column holds them: JSON text, all of it written here, for a condition looks for a label in it."""

from __future__ import annotations

import msgspec

_decoder = msgspec.json.Decoder(dict[str, str])


def labels_text(labels: dict[str, str]) -> str:
    return msgspec.json.encode(labels).decode()


def labels_of(text: str) -> dict[str, str]:
    return _decoder.decode(text)


def has_labels(column: str, labels: str) -> list[tuple[str, str]]:
    """Condition and parameter of each of `key=value,key=value` on a column that was written by `labels_text`: all
    must hold. A comma cannot be part of a label."""
    return [_has_label(column, label) for label in labels.split(",")]


def _has_label(column: str, label: str) -> tuple[str, str]:
    key, _, value = label.partition("=")
    # Not LIKE: in SQLite it takes upper and lower case for the same. Quotes cannot be part of a label.
    pair = msgspec.json.encode(key).decode() + ":" + msgspec.json.encode(value).decode()
    return f"REPLACE({column}, ?, '') <> {column}", pair
