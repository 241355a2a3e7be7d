"""What help says is true: every example is a command line, every verb has one, every topic's command exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nimbus.cli.commands import AREAS, COMMANDS
from nimbus.cli.examples import EXAMPLES, examples_of
from nimbus.cli.main import run
from nimbus.cli.man_pages import pages
from nimbus.cli.topics import TOPICS
from tests.nimbus.cli.test_parsers import leaves, parser_of

_MODULES = {word: module for word, module, _ in COMMANDS}
_IN_A_TOPIC = re.compile(r"^  (?:sudo )?(nimbus [^\n]*?)(?:  .*)?$", re.MULTILINE)
_LINES = [*EXAMPLES, *(line for topic in TOPICS.values() for line in _IN_A_TOPIC.findall(topic.text))]


@pytest.mark.parametrize("line", _LINES)
def test_examples_can_be_typed(line: str) -> None:
    words = shlex.split(line.removeprefix("sudo ").partition(" > ")[0])
    assert words[0] == "nimbus"
    parser_of(words[1], _MODULES[words[1]]).parse_args(words[2:])


@pytest.mark.parametrize(("word", "module"), _MODULES.items())
def test_every_verb_has_an_example(word: str, module: str) -> None:
    without = [prog for prog, _ in leaves(word, parser_of(word, module)) if not examples_of(f"nimbus {prog}")]
    assert without == []


def test_the_overview_has_every_command_in_one_area(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help"]) == 0
    said = capsys.readouterr().out
    assert [said.count(f"\n{title}:\n") for title, _ in AREAS] == [1] * len(AREAS)
    assert [word for word in _MODULES if f"\n  {word} " not in said] == []
    assert run(["--help"]) == 0
    assert capsys.readouterr().out == said


def test_topics_and_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert max(len(line) for topic in TOPICS.values() for line in topic.text.splitlines()) <= 80
    assert run(["help", "join"]) == 0
    assert capsys.readouterr().out.startswith("Create a join token")
    with pytest.raises(SystemExit):
        run(["help", "node", "token"])
    said = capsys.readouterr().out
    assert said.startswith("usage: nimbus node token")
    assert "\nCreate a join token for one machine.\n" in said
    assert "\nexamples:\n  nimbus node token --name" in said
    assert run(["help", "nonsense"]) == 2
    assert "Topics: join, sign-in" in capsys.readouterr().err


def test_commands_on_the_host_have_a_short_help(capsys: pytest.CaptureFixture[str]) -> None:
    """They read the configuration of `nimbus api`, whose settings fill screens."""
    for command in (["bootstrap"], ["setup-token"], ["doctor"], ["restore"], ["database", "move"]):
        with pytest.raises(SystemExit):
            run([*command, "--help"])
        said = capsys.readouterr().out
        assert "--data-dir DIR" in said
        assert "--heartbeat-interval" not in said
        assert "settings of `nimbus api`" in " ".join(said.split())
        assert len(said.splitlines()) < 40
    with pytest.raises(SystemExit):
        run(["api", "--help"])
    assert "--heartbeat-interval N" in capsys.readouterr().out


@pytest.mark.parametrize(("word", "module"), _MODULES.items())
def test_arguments_are_in_capitals_and_every_option_says_what_it_is(word: str, module: str) -> None:
    for prog, parser in leaves(word, parser_of(word, module)):
        for action in parser._actions:
            if action.option_strings:
                assert action.help, (prog, action.option_strings)
            elif not action.choices:
                assert action.metavar == str(action.metavar).upper(), (prog, action.dest)


def test_what_a_verb_does_not_know_names_that_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["node", "list", "--colour"])
    assert capsys.readouterr().err == (
        "nimbus node list: unrecognized arguments: --colour. See: nimbus node list --help\n"
    )
    assert run(["secret", "create", "x", "--value", "y"]) == 2
    assert "never given on the command line" in capsys.readouterr().err


def test_manual_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["man-pages", str(tmp_path)]) == 0
    assert "manual pages written" in capsys.readouterr().out
    assert {file.name: file.read_text() for file in tmp_path.glob("man?/*")} == pages()
    page = (tmp_path / "man1/nimbus-audit.1").read_text()
    assert '.SH "nimbus audit list"' in page
    assert "node.update, or a whole kind" in page
    # As the topic is called, also where it does not begin with a capital alone.
    assert "\nYAML documents.\n" in (tmp_path / "man1/nimbus.1").read_text()
    lines = "".join(pages().values()).splitlines()
    requests = {line.split()[0] for line in lines if line[:1] in (".", "'")}
    assert requests == {".TH", ".SH", ".TP", ".PP", ".B", ".BR", ".I", ".nf", ".fi"}
    assert run(["man-pages", "/dev/null"]) == 1
    assert "cannot be written" in capsys.readouterr().err
