"""What comes next on a command line, without a control plane."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from nimbus.cli.commands import COMMANDS
from nimbus.cli.complete import complete, cut


@pytest.fixture(autouse=True)
def _no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("NIMBUS_API", raising=False)


def completed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert complete(arguments) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out.splitlines()


def words(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [line.partition("\t")[0] for line in completed(capsys, "--", *arguments)]


def test_nouns_verbs_options_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert words(capsys, "") == [word for word, _, _ in COMMANDS]
    assert words(capsys, "nod") == ["node"]
    assert "list" in words(capsys, "node", "")
    assert words(capsys, "node", "li") == ["list"]
    assert words(capsys, "node", "list", "--outp") == ["--output"]
    assert words(capsys, "node", "list", "-o", "") == ["table", "wide", "json", "yaml", "csv"]
    assert words(capsys, "node", "list", "--output=w") == ["--output=wide"]
    assert words(capsys, "completion", "") == ["bash", "zsh", "fish"]
    assert words(capsys, "iam", "totp", "en") == ["enrol"]
    assert words(capsys, "apply", "-f", "") == [":files"]
    assert "--watch" not in words(capsys, "node", "list", "--watch", "--")
    assert "--label" in words(capsys, "iam", "create-role", "--label", "a=b", "--")


def test_bash_is_given_what_comes_after_its_word_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(capsys, "--bash", ":=", "--", "nimbus node list --output=j") == ["json"]
    assert completed(capsys, "--bash", ":=", "--", "nimbus node list -o j") == ["json"]
    assert completed(capsys, "--bash", " ", "--", "nimbus node list --output=j") == ["--output=json"]
    assert completed(capsys, "--bash", ":=", "--", "nimbus node list -o 'j") == ["json"]
    assert cut("user:alice", ":=") == 5


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--",),
        ("--bash",),
        ("--bash", ":="),
        ("nonsense",),
        ("--", "nonsense", "x"),
        ("--", "node", "nonsense", ""),
        ("--", "node", "show", ""),
        ("--", "node", "--", "--"),
        ("--", "\x00", "\udcff"),
        ("--bash", ":=", "--", "'"),
        ("--", "iam", "can", ""),
    ],
)
def test_it_never_fails(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    completed(capsys, *arguments)


def test_it_does_not_wait_for_a_control_plane_that_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("NIMBUS_API", f"https://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        assert words(capsys, "node", "show", "") == []
        assert time.monotonic() - begun < 5
        done = subprocess.run(
            [sys.executable, "-m", "nimbus", "__complete", "--", "node", "show", ""],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
