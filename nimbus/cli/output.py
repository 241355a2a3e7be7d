"""What commands print: tables for people, JSON and YAML (the API's `data`) for programs."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nimbus.cli.pager import print_paged
from nimbus.protocol.errors import NimbusError

WATCH_INTERVAL_S = 2.0
_MICROSECONDS = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d{6}Z")
_WHOLE = ("ID", "NAME", "USERNAME")
_GREEN, _YELLOW, _RED, _GREY = "32", "33", "31", "90"
_COLOURS = {
    "Online": _GREEN,
    "Degraded": _YELLOW,
    "Pending": _YELLOW,
    "Maintenance": _YELLOW,
    "Offline": _RED,
    "succeeded": _GREEN,
    "running": _YELLOW,
    "queued": _GREY,
    "failed": _RED,
    "cancelled": _GREY,
    "direct": _GREEN,
    "relayed": _YELLOW,
    "down": _RED,
}


@dataclass(frozen=True)
class Column:
    """`value`: a field of the row, or what takes the row to what is shown; a `wide` column is shown with `-o wide`
    only."""

    title: str
    value: str | Callable[[Any], Any]
    wide: bool = False
    right: bool = False

    def of(self, row: Any) -> str:
        return _text(self._value(row))

    def cell(self, row: Any) -> object:
        """As in a file: numbers as they are, and nothing where there is nothing."""
        value = self._value(row)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        text = _text(value)
        return None if text == "-" else text

    def _value(self, row: Any) -> Any:
        return row[self.value] if isinstance(self.value, str) else self.value(row)


def show(options: argparse.Namespace, data: Any, columns: Sequence[Column], *, empty: str = "") -> None:
    """Print rows (or one row) in the wanted form. `empty` is said instead of a table without rows."""
    if options.output in ("json", "yaml"):
        print_data(options.output, data)
        return
    rows = data if isinstance(data, list | tuple) else [data]
    if options.output == "csv":
        print_csv(rows, columns)
        return
    if not rows and empty:
        print(empty, file=sys.stderr)
        return
    columns = [c for c in columns if options.output == "wide" or not c.wide]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() and options.output == "table" else None
    pages = not getattr(options, "no_pager", False) and not getattr(options, "watch", False)
    print_paged(table(rows, columns, colour=colourful(), room=room), wanted=pages)


def print_csv(rows: Sequence[Any], columns: Sequence[Column], *, heading: bool = True) -> None:
    """With all columns: a file is as wide as it needs to be."""
    from nimbus.kernel.csv_text import csv_text

    lines = ([column.cell(row) for column in columns] for row in rows)
    titles = [[column.title for column in columns]] if heading else []
    print(csv_text([*titles, *lines]), end="")


def report(options: argparse.Namespace, data: Any, sentence: str) -> None:
    """What was done: a sentence for people, the API's data for programs."""
    if options.output in ("json", "yaml"):
        print_data(options.output, data)
    else:
        print(sentence)


def print_data(form: str, data: Any) -> None:
    if form == "json":
        print(json.dumps(data, indent=2, ensure_ascii=False))
        return
    import yaml

    print(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), end="")


def table(rows: Sequence[Any], columns: Sequence[Column], *, colour: bool, room: int | None = None) -> str:
    """`room`: how many characters a line may have; what is cut ends in an ellipsis. Names and ids stay whole."""
    cells = [[column.of(row) for column in columns] for row in rows]
    widths = [
        max([len(column.title), *(len(line[number]) for line in cells)])
        for number, column in enumerate(columns)
    ]
    if room is not None:
        widths = _narrowed(widths, columns, room)
        cells = [[_cut(text, width) for text, width in zip(line, widths, strict=True)] for line in cells]

    def line(texts: Sequence[str], *, paint: bool) -> str:
        parts = []
        for text, width, column in zip(texts, widths, columns, strict=True):
            padded = text.rjust(width) if column.right else text.ljust(width)
            code = _COLOURS.get(text) if paint else None
            parts.append(f"\033[{code}m{padded}\033[0m" if code else padded)
        return "  ".join(parts).rstrip()

    return "\n".join(
        [
            line([column.title for column in columns], paint=False),
            *(line(texts, paint=colour) for texts in cells),
        ]
    )


def _narrowed(widths: list[int], columns: Sequence[Column], room: int) -> list[int]:
    """The widest columns give way first, down to their title or eight characters."""
    least = [
        width if column.title in _WHOLE else min(width, max(len(column.title), 8))
        for width, column in zip(widths, columns, strict=True)
    ]
    widths = list(widths)
    while sum(widths) + 2 * (len(widths) - 1) > room:
        spare = [(width, number) for number, width in enumerate(widths) if width > least[number]]
        if not spare:
            break
        widths[max(spare)[1]] -= 1
    return widths


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def details(options: argparse.Namespace, data: dict[str, Any], fields: Sequence[Column]) -> None:
    """One record, a line per field."""
    if options.output in ("json", "yaml"):
        print_data(options.output, data)
        return
    shown = [(field.title, field.of(data)) for field in fields]
    width = max(len(title) for title, _ in shown)
    for title, text in shown:
        if text != "-":
            print(f"{title + ':':<{width + 1}}  {text}")


def colourful() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def watched(options: argparse.Namespace, once: Callable[[], None]) -> None:
    """Do it once, or again and again on a cleared screen with --watch."""
    if not getattr(options, "watch", False):
        once()
        return
    while True:
        if sys.stdout.isatty():
            print("\033[H\033[2J", end="")
        try:
            once()
        except NimbusError as error:
            # It may be restarting: whoever watches wants to see it come back.
            if error.code != "UNREACHABLE":
                raise
            print(error.line(), file=sys.stderr)
        sys.stdout.flush()
        time.sleep(WATCH_INTERVAL_S)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    return printable(shown_time(str(value)))


def shown_time(text: str) -> str:
    """With times of the API to the second: people have no use for what is finer."""
    return _MICROSECONDS.sub("Z", text)


def printable(text: str) -> str:
    """What came over the network must not steer the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def counted(number: int, noun: str) -> str:
    """`1 node`, `1,200 nodes`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def labels_of(row: Any) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(row["labels"].items()))


def age(moment: str | None) -> str:
    """How long ago an RFC 3339 time was, shortly."""
    if not moment:
        return "-"
    then = datetime.datetime.fromisoformat(moment)
    seconds = (datetime.datetime.now(datetime.UTC) - then).total_seconds()
    return duration(seconds) if seconds >= 1 else "now"


def until(moment: str | None) -> str:
    """How long it is until an RFC 3339 time, shortly."""
    if not moment:
        return "-"
    left = datetime.datetime.fromisoformat(moment) - datetime.datetime.now(datetime.UTC)
    return f"in {duration(left.total_seconds())}" if left.total_seconds() > 0 else "expired"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def size(count: float | None) -> str:
    """Bytes with a binary unit."""
    if count is None:
        return "-"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024 or unit == "TiB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
