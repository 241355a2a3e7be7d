"""The agent's command line: what is wrong with it is one line, and names what a person may say."""

from __future__ import annotations

import pytest

from agent import cli
from nimbus.protocol.errors import EXIT_USAGE


def test_an_unknown_command_is_told_those_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["frobnicate"])
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (EXIT_USAGE, 1)
    assert "'doctor'" in said
    assert cli.NEW_IDENTITY not in said
    assert cli.ASK_OUTSIDE not in said


def test_what_the_agent_starts_itself_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([cli.NEW_IDENTITY]) == 0
    assert "csr" in capsys.readouterr().out
