"""What a declared noun comes to: its verbs, what they ask of the API and what they print."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from nimbus.cli import noun as noun_module
from nimbus.cli.commands import Parser
from nimbus.cli.noun import (
    DESCRIPTION,
    LABEL_CHANGES,
    LABEL_FILTER,
    LABELS,
    NAME,
    RENAME,
    Field,
    Noun,
    verbs_of,
)
from nimbus.cli.output import Column
from nimbus.protocol.errors import UsageError

BOAT = Noun(
    name="boat",
    path="/api/v1/boats",
    columns=(Column("NAME", "name"), Column("ID", "id", wide=True)),
    details=(Column("Name", "name"), Column("Id", "id")),
    empty="There is no boat.",
)
ARK = {"name": "ark", "id": "1"}


class RecordingApi:
    """Stands for the client: keeps what it is asked, and answers with the ark."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows
        self.asked: list[Any] = []

    def get_all(self, path: str, **query: Any) -> Any:
        self.asked.append(("GET", path, query))
        return self._rows

    def get(self, path: str) -> Any:
        self.asked.append(("GET", path, {}))
        return ARK

    def post(self, path: str, body: Any) -> Any:
        self.asked.append(("POST", path, body))
        return ARK

    def patch(self, path: str, body: Any) -> Any:
        self.asked.append(("PATCH", path, body))
        return ARK

    def request(self, method: str, path: str, query: Any) -> Any:
        self.asked.append((method, path, query))
        return {"data": ARK}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> RecordingApi:
    recording = RecordingApi([ARK])
    monkeypatch.setattr(noun_module, "client", lambda options: recording)
    return recording


def run(noun: Noun, *words: str) -> None:
    parser = Parser(prog="nimbus boat")
    verbs = verbs_of(parser)
    noun.list(verbs, "list boats", LABEL_FILTER)
    noun.show(verbs, "show a boat")
    noun.create(
        verbs,
        "make a boat",
        NAME,
        DESCRIPTION,
        LABELS,
        Field("--masts", "mast_count", type=int),
        more=lambda options: {"of": "wood"},
    )
    noun.update(
        verbs, "change a boat", RENAME, DESCRIPTION, LABEL_CHANGES, done="The boat {name} is changed."
    )
    noun.delete(verbs, "delete a boat", "Sink the boat {name}?", "The boat {name} is sunk.", word="sink")
    options = parser.parse_args(words)
    options.run(options)


def test_a_list_asks_with_its_filters(api: RecordingApi, capsys: pytest.CaptureFixture[str]) -> None:
    run(BOAT, "list", "--label", "a=b")
    run(BOAT, "list", "-o", "wide")
    assert api.asked == [("GET", BOAT.path, {"label": "a=b"}), ("GET", BOAT.path, {})]
    assert capsys.readouterr().out == "NAME\nark\nNAME  ID\nark   1\n"


def test_an_empty_list_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(noun_module, "client", lambda options: RecordingApi([]))
    run(BOAT, "list")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "There is no boat.\n")
    run(BOAT, "list", "--label", "a=b")
    assert capsys.readouterr().err == "No boats match.\n"


def test_one_is_named_as_a_segment_of_the_path(api: RecordingApi, capsys: pytest.CaptureFixture[str]) -> None:
    run(BOAT, "show", "a/b")
    assert api.asked == [("GET", "/api/v1/boats/a%2Fb", {})]
    assert capsys.readouterr().out == "Name:  ark\nId:    1\n"


def test_what_is_not_said_is_not_sent(api: RecordingApi, capsys: pytest.CaptureFixture[str]) -> None:
    run(BOAT, "create", "ark")
    run(BOAT, "create", "ark", "--label", "a=b", "--label", "c=", "--masts", "0", "--description", "")
    assert api.asked == [
        ("POST", BOAT.path, {"name": "ark", "of": "wood"}),
        (
            "POST",
            BOAT.path,
            {"name": "ark", "description": "", "labels": {"a": "b", "c": ""}, "mast_count": 0, "of": "wood"},
        ),
    ]
    assert capsys.readouterr().out == "NAME\nark\n" * 2


def test_a_change_has_something_to_change(api: RecordingApi, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="nothing to change") as caught:
        run(BOAT, "update", "ark")
    assert caught.value.next_step == "See: nimbus boat update --help"
    run(BOAT, "update", "ark", "--rename", "noah", "--label", "a-", "--label", "b=c")
    assert api.asked == [("PATCH", "/api/v1/boats/ark", {"name": "noah", "labels": {"a": None, "b": "c"}})]
    assert capsys.readouterr().out == "The boat ark is changed.\n"


def test_what_destroys_is_asked_about(
    api: RecordingApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []
    monkeypatch.setattr(noun_module, "confirm", lambda question, yes: questions.append(question))
    run(BOAT, "sink", "ark\x1b", "--yes")
    assert questions == ["Sink the boat ark\ufffd?"]
    assert api.asked == [("DELETE", "/api/v1/boats/ark%1B", {})]
    assert capsys.readouterr().out == "The boat ark is sunk.\n"
    run(BOAT, "sink", "ark", "--yes", "-o", "json")
    assert capsys.readouterr().out == '{\n  "name": "ark",\n  "id": "1"\n}\n'


def test_verbs_may_carry_the_noun() -> None:
    parser = argparse.ArgumentParser()
    verbs = verbs_of(parser)
    fleet = Noun(name="boat", path="/api/v1/boats", columns=(), empty="", in_verbs=True)
    fleet.list(verbs, "list boats")
    fleet.show(verbs, "show a boat")
    fleet.create(verbs, "make a boat")
    fleet.delete(verbs, "delete a boat", "Sink {name}?", "Sunk.")
    assert [*verbs.choices] == ["list-boats", "show-boat", "create-boat", "delete-boat"]


def test_a_scoped_noun_takes_a_workspace_and_a_reference_its_own_words() -> None:
    parser = argparse.ArgumentParser()
    noun = Noun(
        name="boat",
        path="/api/v1/boats",
        columns=(),
        empty="",
        argument="ship",
        metavar="SHIP",
        reference="its name",
        beside=(Field("--harbour"),),
        scoped=True,
        find=lambda api, options: f"/api/v1/harbours/{options.harbour}/boats/{options.ship}",
    )
    noun.verb(verbs_of(parser), "look", "look at one", lambda options: None)
    options = parser.parse_args(["look", "ark", "--harbour", "joppa", "-w", "default"])
    assert (options.ship, options.workspace, noun.named(options)) == ("ark", "default", "ark")
    assert noun.path_of(None, options) == "/api/v1/harbours/joppa/boats/ark"  # type: ignore[arg-type]
