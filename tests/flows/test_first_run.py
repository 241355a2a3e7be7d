"""The first sign-in, as it goes on a host and in a browser."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.cli import api, main
from nimbus.client.profiles import Profile
from nimbus.composition.appliance import Serving
from nimbus.composition.bootstrap import bootstrap
from nimbus.protocol.version import VERSION
from tests.kit import requester
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.requester import Reply

PASSWORD = "the first plain sentence"


async def send(plane: ControlPlane, method: str, path: str, body: Any = None, **headers: str) -> Reply:
    plane.profile = Profile(plane.serving.api, ca_file=str(Path(plane.config.data_dir) / "pki" / "ca.crt"))
    return await requester.send(plane, method, path, body, **headers)


def request(token: str, **fields: Any) -> dict[str, Any]:
    return {"token": token, "username": "ada", "password": PASSWORD, **fields}


async def test_from_the_token_to_a_session(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with control_plane(tmp_path, administrator=False) as plane:
        token = plane.serving.setup_token
        state = (await send(plane, "GET", "/api/v1/auth/methods")).data
        assert state["setup_required"]
        assert VERSION not in str(state)
        wrong = await send(plane, "POST", "/api/v1/auth/setup", request("nonsense"))
        assert (wrong.status, wrong.code) == (401, "UNAUTHENTICATED")

        done = await send(plane, "POST", "/api/v1/auth/setup", request(token))
        assert done.status == 201
        assert done.data["user"]["is_admin"]
        assert token not in done.body.decode()
        bearer = "Bearer " + done.data["access_token"]
        assert (await send(plane, "GET", "/api/v1/whoami", Authorization=bearer)).data["name"] == "ada"
        assert not (await send(plane, "GET", "/api/v1/auth/methods")).data["setup_required"]
        again = await send(plane, "POST", "/api/v1/auth/setup", request(token, username="bob"))
        assert (again.status, again.code) == (409, "CONFLICT")

        async def refusals() -> set[str]:
            """Their rows come after the answers."""
            read = await send(plane, "GET", "/api/v1/audit-log", Authorization=bearer)
            return {
                row["outcome"]
                for row in read.data
                if row["after"].get("request") == "POST /api/v1/auth/setup"
            }

        async def both() -> bool:
            return await refusals() == {"denied", "failed"}

        await eventually_so(both, "a row for each refusal")
        rows = (await send(plane, "GET", "/api/v1/audit-log", Authorization=bearer)).data
        made = [row for row in rows if row["action"] == "user.create" and row["outcome"] == "ok"]
        assert [row["actor"]["name"] for row in made] == ["system"]
        assert token not in str(rows)
    assert token not in caplog.text
    assert token not in repr(plane.serving)


async def test_a_page_gets_a_cookie(tmp_path: Path) -> None:
    async with control_plane(tmp_path, administrator=False) as plane:
        body = request(plane.serving.setup_token, cookie=True)
        elsewhere = await send(plane, "POST", "/api/v1/auth/setup", body, Origin="https://evil.example")
        assert elsewhere.code == "FORBIDDEN"
        own = {"Origin": plane.serving.api, "X_Nimbus_Request": "1"}
        done = await send(plane, "POST", "/api/v1/auth/setup", body, **own)
        assert done.data["refresh_token"] is None
        assert "HttpOnly" in done.headers["set-cookie"]


async def test_a_restart_and_the_bootstrap(tmp_path: Path) -> None:
    async with control_plane(tmp_path, administrator=False) as plane:
        first = plane.serving.setup_token
    async with control_plane(tmp_path, administrator=False) as plane:
        assert first != plane.serving.setup_token
        assert (await send(plane, "POST", "/api/v1/auth/setup", request(first))).status == 401
        await trio.to_thread.run_sync(lambda: bootstrap(plane.config, new_key=False))
        reply = await send(plane, "POST", "/api/v1/auth/setup", request(plane.serving.setup_token))
        assert reply.status == 409
    async with control_plane(tmp_path) as plane:
        assert plane.serving.setup_token == ""


async def test_the_command_makes_a_fresh_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    async with control_plane(tmp_path, administrator=False) as plane:
        folder = plane.config.data_dir
        left = Path(folder) / "setup-token"
        left.write_text("void")
        command = ["setup-token", "--data-dir", folder]
        assert await trio.to_thread.run_sync(lambda: main.run(command)) == 0
        told = capsys.readouterr()
        token = told.out.strip()
        assert plane.serving.public_url + "/setup" in told.err
        assert not left.exists()
        stale = await send(plane, "POST", "/api/v1/auth/setup", request(plane.serving.setup_token))
        assert stale.status == 401
        assert (await send(plane, "POST", "/api/v1/auth/setup", request(token))).status == 201
        assert await trio.to_thread.run_sync(lambda: main.run(command)) == 1
        assert "has its administrator already" in capsys.readouterr().err


SERVING = Serving(
    "https://127.0.0.1:1", "https://127.0.0.1:2", "off", "", "https://cp.example.org:8443", "hush"
)


def test_on_a_terminal_it_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    api._greet(SERVING, str(tmp_path))
    assert "https://cp.example.org:8443/setup  with the token hush" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_none_it_goes_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = os.umask(0)
    try:
        api._greet(SERVING, str(tmp_path))
    finally:
        os.umask(old)
    told = capsys.readouterr().err
    assert "hush" not in told
    assert str(tmp_path / "setup-token") in told
    assert (tmp_path / "setup-token").read_text() == "hush\n"
    assert stat.S_IMODE((tmp_path / "setup-token").stat().st_mode) == 0o600


async def test_the_file_goes_when_the_token_was_used(tmp_path: Path) -> None:
    async with control_plane(tmp_path, administrator=False) as plane:
        file = Path(plane.config.data_dir) / "setup-token"
        file.write_text(plane.serving.setup_token)
        await send(plane, "POST", "/api/v1/auth/setup", request(plane.serving.setup_token))
        assert not file.exists()
        file.write_text("left behind")
    async with control_plane(tmp_path, administrator=False):
        assert not file.exists()
