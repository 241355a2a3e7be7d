"""What a handler says, as lines of a log: text, of bounded length and number. Pure."""

from __future__ import annotations

import re

from nimbus.protocol.messages import LOG_LINE_LIMIT, TASK_LOG_BYTES, TASK_LOG_LINES

Said = str | bytes
# More than this at once is cut before it is looked at.
_SAID_LIMIT = 256 * 1024
# Control sequences of terminals: colours and cursor movements (ECMA-48, section 5.4).
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != ord("\t")}
# A line of which more than so much is no text is not shown at all.
_NO_TEXT = 0.3
CUT_LINE = " [the rest of the line was cut]"
CUT_LOG = f"[the rest was cut: a task's log holds {TASK_LOG_LINES:,} lines, or {TASK_LOG_BYTES // 2**20} MiB]"
LEFT_OUT = "[lines are missing here: they came faster than they could be stored]"


class Output:
    """Numbers the lines of one start of a task, from `first` on."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._lines_left = TASK_LOG_LINES
        self._bytes_left = TASK_LOG_BYTES

    def add(self, said: Said) -> list[tuple[int, str]]:
        """Its lines with their numbers; none once the log is full."""
        if self._lines_left <= 0:
            return []
        return [line for text in lines_of(said) if (line := self._number(text)) is not None]

    def _number(self, text: str) -> tuple[int, str] | None:
        if self._lines_left <= 0:
            return None
        size = len(text.encode())
        if self._lines_left == 1 or size > self._bytes_left:
            text, self._lines_left = CUT_LOG, 1
        self._lines_left -= 1
        self._bytes_left -= size
        number = self._next
        self._next += 1
        return number, text


def lines_of(said: Said) -> list[str]:
    """Clean lines; what is no text is named instead of shown."""
    is_cut = len(said) > _SAID_LIMIT
    said = said[:_SAID_LIMIT]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else _without_surrogates(said)
    lines = [_clean(line) for line in _LINE_END.split(text)]
    while lines and not lines[-1]:
        lines.pop()
    return [*lines, "[the rest of it was cut]"] if is_cut else lines


def _without_surrogates(text: str) -> str:
    """Half characters, as file names of other encodings have, are in no JSON."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _clean(line: str) -> str:
    line = _SEQUENCE.sub("", line)
    shown = line.translate(_CONTROLS)
    if shown.count("\ufffd") > len(shown) * _NO_TEXT:
        return f"[{len(line)} characters that are no text]"
    if len(shown) > LOG_LINE_LIMIT:
        return shown[: LOG_LINE_LIMIT - len(CUT_LINE)] + CUT_LINE
    return shown
