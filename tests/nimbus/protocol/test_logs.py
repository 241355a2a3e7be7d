from __future__ import annotations

import json
import logging
import sys

import pytest

from nimbus.protocol.logs import JsonFormatter, TextFormatter, set_up_logging


def record(message: str = "hello %s", *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("nimbus.mesh").makeRecord(
        "nimbus.mesh", logging.WARNING, "f", 1, message, arguments or ("you",), None, extra=extra
    )
    made.created, made.msecs = 0.0, 7.0
    return made


def test_json_has_the_fields_of_the_contract() -> None:
    entry = json.loads(JsonFormatter().format(record(node_id="n1", steps=["a"], trace_id="t")))
    assert entry == {
        "timestamp": "1970-01-01T00:00:00.007Z",
        "level": "WARNING",
        "component": "mesh",
        "message": "hello you",
        "node_id": "n1",
        "trace_id": "t",
        "fields": {"steps": ["a"]},
    }


def test_one_line_whatever_is_in_it() -> None:
    line = JsonFormatter().format(record("a\nb %s", "\x1b[31m\u2028", odd=object()))
    assert "\n" not in line
    assert "\x1b" not in line
    assert line.isascii()


def test_an_exception_is_told_whole() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        made = record()
        made.exc_info = sys.exc_info()
    entry = json.loads(JsonFormatter().format(made))
    assert "ValueError: why" in entry["error"]
    text = TextFormatter().format(made)
    assert text.splitlines()[-1] == "ValueError: why"
    assert "warning mesh: hello you" in text


@pytest.mark.parametrize(("style", "is_json"), [("json", True), ("auto", True), ("text", False)])
def test_auto_is_json_where_there_is_no_terminal(
    style: str, is_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    root, nimbus = logging.getLogger(), logging.getLogger("nimbus")
    handlers, level, own = root.handlers[:], root.level, nimbus.level
    try:
        set_up_logging(style, "info")  # type: ignore[arg-type]
        logging.getLogger("nimbus.x").info("seen")
        logging.getLogger("nimbus.x").debug("unseen")
        logging.getLogger("other").info("unseen")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        nimbus.setLevel(own)
    said = capsys.readouterr().err
    assert "unseen" not in said
    assert said.startswith("{") is is_json
