"""Signing in on a machine that has nothing of the control plane but its address and its CA's fingerprint."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nimbus.client.pinned_ca import fingerprint_of
from nimbus.client.profiles import load_profile
from tests.kit.cli import Cli, command_line_of
from tests.kit.control_plane import control_plane

PASSWORD = "a password for elsewhere"


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    async with control_plane(tmp_path) as plane:
        cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
        await cli.ok("iam", "create-user", "ada", "--password", PASSWORD)
        cli.digest = (await cli.json("ca", "show"))["current"]["fingerprint"]  # type: ignore[attr-defined]
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
        yield cli


async def login(cli: Cli, digest: str) -> tuple[int, str]:
    arguments = ("login", "--api", cli.plane.profile.api, "--ca-digest", digest)
    status, _out, err = await cli(*arguments, "--username", "ada", "--password", PASSWORD)
    return status, err


async def test_in_one_step(cli: Cli) -> None:
    digest: str = cli.digest  # type: ignore[attr-defined]
    assert digest == fingerprint_of(Path(cli.plane.profile.ca_file).read_text())
    assert (await login(cli, "sha256:" + digest.upper()))[0] == 0
    assert "ada" in await cli.ok("whoami")
    file = Path(load_profile(None, os.environ).ca_file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_another_ca_is_refused_and_gets_nothing(cli: Cli) -> None:
    status, err = await login(cli, "0" * 64)
    assert (status, "[WRONG_CA]" in err) == (3, True)
    assert not (Path(os.environ["XDG_CONFIG_HOME"]) / "nimbus/profiles.json").exists()


@pytest.mark.parametrize("digest", ["", "xyz", "ab" * 31, "sha1:" + "a" * 40])
async def test_what_is_no_fingerprint(cli: Cli, digest: str) -> None:
    status, err = await login(cli, digest)
    assert status == 2
    assert "64 hexadecimal digits" in err


async def test_without_it_the_error_says_what_to_do(cli: Cli) -> None:
    status, _out, err = await cli(
        "login", "--api", cli.plane.profile.api, "--username", "ada", typed=PASSWORD
    )
    assert status != 0
    assert "--ca-digest" in err
