"""`nimbus login --browser` as a person uses it: a process of its own, and a browser that BROWSER names."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio

from tests.kit.control_plane import ControlPlane, control_plane

PROJECT = Path(__file__).parents[2]
PASSWORD = "the first plain sentence"


class Done(NamedTuple):
    status: int
    out: str
    told: str


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path / "nimbus") as made:
        body = {"username": "ada", "password": PASSWORD, "organization": "default"}
        await made.post("/api/v1/users", body)
        yield made


async def run(plane: ControlPlane, folder: Path, *arguments: str, answer: str = "yes") -> Done:
    token = await plane.call(
        lambda client: client.post_public("/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
    )
    browser = (
        f"{sys.executable} -m tests.kit.dashboard_browser {plane.profile.ca_file} {token['access_token']}"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHONPATH": str(PROJECT),
        "BROWSER": f"{browser} {answer} %s",
    }
    with trio.fail_after(60):
        done = await trio.run_process(
            [sys.executable, "-m", "nimbus", *arguments],
            env=environment,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            cwd=PROJECT,
        )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


async def login(plane: ControlPlane, folder: Path, answer: str = "yes") -> Done:
    where = ("--api", plane.serving.api, "--ca", plane.profile.ca_file)
    return await run(plane, folder, "login", "--browser", *where, answer=answer)


@pytest.mark.parametrize("answer", ["yes", "forge"])
async def test_signing_in_on_the_dashboards_page(plane: ControlPlane, tmp_path: Path, answer: str) -> None:
    done = await login(plane, tmp_path, answer)
    assert done.status == 0, done.told
    assert f"{plane.serving.api}/cli-login?port=" in done.told
    assert "Signed in as ada" in done.told
    stored = json.loads((tmp_path / "config" / "nimbus" / "profiles.json").read_text())["default"]
    assert stored["session"]["refresh_token"].startswith("nrt_")
    shown = await run(plane, tmp_path, "whoami", "-o", "json")
    found: Any = json.loads(shown.out)
    assert (found["name"], found["via"]) == ("ada", "session")


async def test_the_person_says_no(plane: ControlPlane, tmp_path: Path) -> None:
    done = await login(plane, tmp_path, "no")
    assert (done.status, "access_denied" in done.told) == (3, True)
    assert not (tmp_path / "config").exists()


async def test_it_goes_with_no_other_way(plane: ControlPlane, tmp_path: Path) -> None:
    for more in (("--oidc",), ("--device",), ("--username", "ada")):
        assert (await run(plane, tmp_path, "login", "--browser", *more)).status == 2
    assert (await run(plane, tmp_path, "login", "--no-browser")).status == 2
