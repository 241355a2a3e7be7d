"""What `nimbus node list` is narrowed to and sorted by."""

from __future__ import annotations

import argparse

from nimbus.cli.noun import LABEL_FILTER, Field

# Fullest and newest first, as one looks for them.
_FROM_THE_TOP = ("cpu", "memory", "disk", "seen", "created")
_FIELDS = {"seen": "last_seen_at", "created": "created_at"}
_SORTS = ("name", "state", "cpu", "memory", "disk", "version", "os", "seen", "created")


class _Sort(Field):
    """With the direction that `--reverse` turns round."""

    def sent(self, options: argparse.Namespace) -> str | None:
        if options.sort is None:
            return "-name" if options.reverse else None
        field = str(options.sort)
        descends = (field in _FROM_THE_TOP) != options.reverse
        return ("-" if descends else "") + _FIELDS.get(field, field)


FILTERS = (
    Field("--state", help="only nodes in this state"),
    LABEL_FILTER,
    Field("--search", metavar="WORDS", help="only nodes with this text in name, address or labels"),
    Field(
        "--approval",
        choices=("approved", "waiting"),
        help="only approved nodes, or only those waiting for approval",
    ),
    Field("--version", metavar="VERSION", help="only nodes with this version of nimbus-agent"),
    Field("--os", metavar="WORDS", help="only nodes with this text in the name of their operating system"),
    Field(
        "--outdated",
        action="store_true",
        default=None,
        help="only nodes with an agent older than the control plane",
        value=lambda wanted: "true" if wanted else None,
    ),
    _Sort(
        "--sort", choices=_SORTS, help="order: by load the fullest first, by time the newest (default: name)"
    ),
    Field("--reverse", action="store_true", value=lambda _: None, help="reverse the order"),
)
