"""Tables in narrow terminals, progress, the pager: in real pseudo-terminals."""

from __future__ import annotations

import argparse
import os
import pty
import sys
from pathlib import Path

import pytest

from nimbus.cli.output import Column, show, table
from nimbus.cli.pager import print_paged
from nimbus.cli.progress import Progress


def in_terminal(program: str, **environment: str) -> str:
    """What a program writes to a terminal of 24 lines."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            sys.executable,
            [sys.executable, "-c", program],
            {**os.environ, "TERM": "xterm", "LINES": "24", "COLUMNS": "80", **environment},
        )
    written = b""
    try:
        while chunk := os.read(terminal, 65536):
            written += chunk
    except OSError:
        pass  # the other side has gone
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return written.decode()


def test_columns_give_way_but_names_stay() -> None:
    columns = [Column("NAME", lambda r: r[0]), Column("TEXT", lambda r: r[1])]
    rows = [("n" * 30, "t" * 100)]
    lines = table(rows, columns, colour=False, room=60).splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert lines[1].startswith("n" * 30 + "  ttt")
    assert lines[1].endswith("…")
    assert "…" not in table(rows, columns, colour=False)
    assert len(table(rows, columns, colour=False, room=10).splitlines()[1]) == 30 + 2 + 8


def test_csv_has_all_columns_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [
        Column("NAME", "name"),
        Column("LOAD", "load", right=True),
        Column("NOTE", "note", wide=True),
        Column("SEEN", "seen"),
    ]
    rows = [
        {"name": 'web "1", Zürich', "load": -0.25, "note": "=1+1", "seen": None},
        {"name": "-db", "load": 3, "note": "", "seen": True},
    ]
    show(argparse.Namespace(output="csv"), rows, columns)
    assert capsys.readouterr().out == (
        'NAME,LOAD,NOTE,SEEN\r\n"web ""1"", Zürich",-0.25,\'=1+1,\r\n\'-db,3,,yes\r\n'
    )
    show(argparse.Namespace(output="csv"), [], columns, empty="There is none.")
    assert capsys.readouterr().out == "NAME,LOAD,NOTE,SEEN\r\n"


@pytest.mark.parametrize("columns", ["0", "1", "x"])
def test_a_terminal_that_says_nothing_useful_of_its_width(columns: str) -> None:
    program = "from nimbus.cli.main import run; raise SystemExit(run(['profile', 'list']))"
    config = str(Path(__file__).parent / "nothing-here")
    said = in_terminal(program, COLUMNS=columns, PAGER="no-such-pager", XDG_CONFIG_HOME=config)
    assert said.startswith("No profiles yet.")
    columns_of = [Column("NAME", lambda r: r[0])]
    assert "web-1" in table(
        [("web-1",)], columns_of, colour=False, room=int(columns) if columns != "x" else 1
    )


def test_the_pager_gets_long_text_only(tmp_path: Path) -> None:
    program = (
        "from nimbus.cli.pager import print_paged\nprint_paged('\\n'.join(map(str, range({}))), wanted={})"
    )
    pager = f"sed s/^/paged-/ {tmp_path}/none -"
    assert "paged-99" in in_terminal(program.format(100, True), PAGER="sed s/^/paged-/")
    assert "paged-" not in in_terminal(program.format(10, True), PAGER="sed s/^/paged-/")
    assert "paged-" not in in_terminal(program.format(100, False), PAGER="sed s/^/paged-/")
    for broken in ("", "cat", "/no/such/program", "'", pager.replace("sed", "/dev/null")):
        assert "99" in in_terminal(program.format(100, True), PAGER=broken)
    assert "paged-" not in in_terminal(program.format(100, True), PAGER="sed s/^/paged-/", TERM="dumb")


def test_no_pager_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "false")
    print_paged("\n".join(map(str, range(500))), wanted=True)
    assert capsys.readouterr().out.count("\n") == 500


def test_progress_is_one_line_on_a_terminal_and_lines_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "from nimbus.cli.progress import Progress\n"
        "with Progress() as p:\n  p.say('one'); p.say('two\\x1b[2J')\n"
    )
    assert in_terminal(program) == "\r\x1b[Kone\r\x1b[Ktwo\ufffd[2J\r\n"
    assert in_terminal(program, TERM="dumb") == "one\r\ntwo\ufffd[2J\r\n"
    with Progress() as progress:
        progress.say("one")
        progress.say("one")
        progress.say("two")
    assert capsys.readouterr().err == "one\ntwo\n"


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours(environment: dict[str, str], coloured: bool) -> None:
    program = "from nimbus.cli.output import colourful\nprint(colourful())"
    assert in_terminal(program, **environment).strip() == str(coloured)
