from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

_MARKS = {True: "ok", False: "FAIL", None: "-"}


class Finding(msgspec.Struct, frozen=True):
    """`ok` null: neither good nor bad, or not known. `next_step` is what to do, "" for nothing."""

    ok: bool | None
    area: str
    what: str
    next_step: str = ""


def failures(findings: Sequence[Finding]) -> int:
    return sum(finding.ok is False for finding in findings)


def lines_of(findings: Sequence[Finding]) -> Iterator[str]:
    """For a terminal. A finding may quote what came over the network."""
    for finding in findings:
        yield f"{_MARKS[finding.ok]:<5}{finding.area:<13}{_printable(finding.what)}"
        if finding.next_step:
            yield f"{'':<18}{_printable(finding.next_step)}"
    failed = failures(findings)
    yield ""
    yield f"{failed} problem{'' if failed == 1 else 's'} found." if failed else "No problems found."


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
