"""`nimbus profile` and the workspace of a profile, in the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nimbus.cli.main import run
from nimbus.client.profiles import Profile, Session, load_profile, save_profile, set_session, set_workspace


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("NIMBUS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save_profile("one", Profile("https://one:1", "NK", "the-secret"), os.environ)
    save_profile("two", Profile("https://two:1", session=Session("t", "r", 1.0, "alice")), os.environ)
    return tmp_path / "nimbus" / "profiles.json"


def test_list_show_use_delete(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["profile", "use", "two"]) == 0
    assert load_profile(None, os.environ).api == "https://two:1"
    assert load_profile("one", os.environ).api == "https://one:1"
    assert load_profile(None, {**os.environ, "NIMBUS_PROFILE": "one"}).api == "https://one:1"
    capsys.readouterr()
    assert run(["profile", "list", "-o", "json"]) == 0
    said = capsys.readouterr().out
    assert [(one["name"], one["current"]) for one in json.loads(said)] == [("one", False), ("two", True)]
    assert "the-secret" not in said
    assert run(["profile", "show"]) == 0
    assert "alice" in capsys.readouterr().out
    assert run(["profile", "delete", "two"]) == 2
    assert run(["profile", "delete", "two", "--yes"]) == 0
    assert run(["profile", "use", "two"]) == 3
    assert run(["profile", "show", "two"]) == 3
    with pytest.raises(Exception, match="no profile 'default'"):
        load_profile(None, os.environ)


def test_a_workspace_is_kept_beside_all_else(file: Path) -> None:
    set_workspace("two", "acme/prod", os.environ)
    kept = load_profile("two", os.environ)
    assert (kept.workspace, kept.session) == ("acme/prod", Session("t", "r", 1.0, "alice"))
    set_session(file, "two", None)
    assert load_profile("two", os.environ).workspace == "acme/prod"
    assert file.stat().st_mode & 0o777 == 0o600
