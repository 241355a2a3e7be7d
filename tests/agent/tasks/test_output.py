"""Whatever a program writes, its log is text, bounded, and says what is missing."""

from __future__ import annotations

import json
import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tasks.output import CUT_LINE, CUT_LOG, Output, lines_of
from nimbus.protocol.messages import LOG_LINE_LIMIT, TASK_LOG_BYTES, TASK_LOG_LINES


@given(st.one_of(st.text(st.characters(), max_size=5000), st.binary(max_size=5000)))
def test_any_output_becomes_clean_lines(said: str | bytes) -> None:
    for line in lines_of(said):
        assert len(line) <= LOG_LINE_LIMIT
        assert not any(ord(character) < 32 and character != "\t" for character in line)
        assert json.loads(msgspec.json.encode(line)) == line


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("one\ntwo\r\nthree\n", ["one", "two", "three"]),
        (b"10 %\r20 %\r30 %", ["10 %", "20 %", "30 %"]),
        ("\x1b[1;31mred\x1b[0m and \x1b[2Kplain", ["red and plain"]),
        ("grün\tund gut", ["grün\tund gut"]),
        (b"caf\xe9", ["caf\ufffd"]),
        ("", []),
        ("a\n\nb", ["a", "", "b"]),
        ("\udcff.txt", ["?.txt"]),
        (bytes(range(256)) * 4, None),
    ],
)
def test_examples(said: str | bytes, lines: list[str] | None) -> None:
    if lines is None:
        assert any("characters that are no text" in line for line in lines_of(said))
    else:
        assert lines_of(said) == lines


def test_a_line_without_end_is_cut_and_marked() -> None:
    [line] = lines_of("x" * 10_000)
    assert len(line) == LOG_LINE_LIMIT
    assert line.endswith(CUT_LINE)
    assert lines_of(b"y" * 10_000_000)[-1] == "[the rest of it was cut]"


def test_random_bytes_are_named() -> None:
    output = Output(0)
    for _ in range(100):
        for _, text in output.add(os.urandom(20_000)):
            assert len(text) <= LOG_LINE_LIMIT


def test_endless_output_ends_with_a_mark() -> None:
    output = Output(2_000_000)
    taken = [line for number in range(TASK_LOG_LINES + 500) for line in output.add(f"line {number}")]
    assert [number for number, _ in taken] == list(range(2_000_000, 2_000_000 + TASK_LOG_LINES))
    assert taken[-1][1] == CUT_LOG
    assert taken[-2][1] == f"line {TASK_LOG_LINES - 2}"
    assert output.add("more") == []


def test_much_output_ends_with_a_mark() -> None:
    output = Output(0)
    taken = [line for _ in range(3000) for line in output.add("x" * 4000)]
    assert taken[-1][1] == CUT_LOG
    assert TASK_LOG_BYTES - 5000 < sum(len(text) for _, text in taken) <= TASK_LOG_BYTES + len(CUT_LOG)
