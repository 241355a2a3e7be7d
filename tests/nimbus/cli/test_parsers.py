"""Every command, looked at as a whole: help that says something, common options everywhere, one error line."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

import pytest

from nimbus.cli.commands import COMMANDS, Parser
from nimbus.cli.main import run
from nimbus.cli.options import FORMS, ROW_FORMS


def leaves(prog: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    for action in below:
        told = {one.dest: one.help for one in action._choices_actions}
        for word, child in action.choices.items():
            assert told[word], f"{prog} {word} says nothing of itself"
            assert "\n" not in (told[word] or "")
            yield from leaves(f"{prog} {word}", child)
    if not below:
        yield prog, parser


def parser_of(word: str, module: str) -> Parser:
    parser = Parser(prog=f"nimbus {word}")
    importlib.import_module(f"nimbus.cli.{module}").add_arguments(parser)
    return parser


@pytest.mark.parametrize(("word", "module"), [(word, module) for word, module, _ in COMMANDS])
def test_every_verb_says_what_it_does_and_can_be_debugged(word: str, module: str) -> None:
    for prog, parser in leaves(word, parser_of(word, module)):
        options = parser._option_string_actions
        assert "--debug" in options or word in ("bootstrap", "api", "install-service"), prog
        if "--output" in options:
            lists = prog.split()[-1].startswith("list")
            assert options["--output"].choices in ((ROW_FORMS,) if lists else (FORMS, ROW_FORMS)), prog


def test_options_of_the_access_commands_are_explained() -> None:
    for word in ("organization", "workspace", "profile", "apply", "diff", "completion", "node", "secret"):
        module = {known: module for known, module, _ in COMMANDS}[word]
        for prog, parser in leaves(word, parser_of(word, module)):
            for action in parser._actions:
                named = action.option_strings and action.dest not in ("name", "rename", "description", "kind")
                assert action.help or not named, f"{prog}: {action.option_strings}"


def test_ctrl_c_and_usage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nimbus.cli.profile.stored_profiles", interrupted)
    assert run(["profile", "list"]) == 130
    assert capsys.readouterr().err == ""
    assert run(["workspac"]) == 2
    assert capsys.readouterr().err == (
        "nimbus: there is no command 'workspac'. Did you mean `nimbus workspace`?\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["node", "lst"], "nimbus node: there is no verb 'lst'. Did you mean `nimbus node list`?\n"),
        (["ca", "qqq"], "nimbus ca: there is no verb 'qqq'. There are: show, rotate, retire\n"),
    ],
)
def test_a_verb_that_is_none(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words)
    assert (ended.value.code, capsys.readouterr().err) == (2, said)


def test_help_writes_names_as_the_list_of_commands_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["mesh", "--help"])
    assert "The WireGuard mesh:" in capsys.readouterr().out
