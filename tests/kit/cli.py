"""The operator's command line against a running control plane, in this process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.cli import main
from nimbus.client.profiles import save_profile
from tests.kit.control_plane import ControlPlane, control_plane


class Cli:
    """Runs commands with the profiles of the environment. `plane` is what they talk to."""

    def __init__(self, plane: ControlPlane, capsys: pytest.CaptureFixture[str]) -> None:
        self.plane, self._capsys = plane, capsys

    async def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Status, output, errors."""

        def work() -> int:
            try:
                return main.run(arguments)
            except SystemExit as ended:
                return int(ended.code or 0)

        self._capsys.readouterr()
        status = await trio.to_thread.run_sync(work)
        said = self._capsys.readouterr()
        return status, said.out, said.err

    async def ok(self, *arguments: str) -> str:
        status, out, err = await self(*arguments)
        assert status == 0, (arguments, out, err)
        return out

    async def json(self, *arguments: str) -> Any:
        import json

        return json.loads(await self.ok(*arguments, "-o", "json"))


def command_line_of(
    plane: ControlPlane, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """The administrator of `plane` is the profile `default`, in `folder`."""
    for name in list(os.environ):
        if name.startswith("NIMBUS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    save_profile("default", plane.profile, os.environ)
    return Cli(plane, capsys)


@asynccontextmanager
async def command_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    """With a control plane of its own."""
    async with control_plane(folder) as plane:
        yield command_line_of(plane, folder, monkeypatch, capsys)
