"""The operator's command line against a running control plane, in this process."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.cli import main
from nimbus.client.profiles import save_profile
from tests.kit.control_plane import ControlPlane, control_plane


def run_command(arguments: Sequence[str]) -> int:
    """Its exit status. Blocks: use it in a thread."""
    try:
        return main.run(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


class Cli:
    """Runs commands with the profiles of the environment. `plane` is what they talk to."""

    def __init__(
        self, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.plane, self._monkeypatch, self._capsys = plane, monkeypatch, capsys

    async def __call__(self, *arguments: str, typed: str | None = None) -> tuple[int, str, str]:
        """Status, output, errors; `typed` is on standard input."""
        if typed is not None:
            self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        self._capsys.readouterr()
        status = await trio.to_thread.run_sync(run_command, arguments)
        written = self._capsys.readouterr()
        return status, written.out, written.err

    async def ok(self, *arguments: str, typed: str | None = None) -> str:
        status, out, err = await self(*arguments, typed=typed)
        assert status == 0, (arguments, out, err)
        return out

    async def json(self, *arguments: str, typed: str | None = None) -> Any:
        return json.loads(await self.ok(*arguments, "-o", "json", typed=typed))


def use_profile_of(plane: ControlPlane, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The administrator of `plane` is the profile `default`, in `folder`; the environment has no other setting."""
    for name in list(os.environ):
        if name.startswith("NIMBUS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    save_profile("default", plane.profile, os.environ)


def command_line_of(
    plane: ControlPlane, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Of the administrator of `plane`, with its profile in `folder`."""
    use_profile_of(plane, folder, monkeypatch)
    return Cli(plane, monkeypatch, capsys)


@asynccontextmanager
async def command_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    """With a control plane of its own."""
    async with control_plane(folder) as plane:
        yield command_line_of(plane, folder, monkeypatch, capsys)
