"""What a control plane says of itself to its administrators."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.protocol.errors import NimbusError
from tests.kit.cli import command_line_of
from tests.kit.clock import SettableClock
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.requester import Reply, Requester
from tests.kit.second_control_plane import two_control_planes


async def test_settings_versions_certificates_and_database(tmp_path: Path) -> None:
    clock = SettableClock()
    async with control_plane(tmp_path, clock=clock) as plane:
        (tmp_path / "control-plane" / "backups").mkdir()
        backup = tmp_path / "control-plane" / "backups" / "nimbus-before-migration-0009.db"
        backup.write_bytes(b"x" * 10)
        clock.advance(90)
        found = await plane.get("/api/v1/settings")

        def served() -> str:
            context = ssl.create_default_context(cafile=plane.profile.ca_file)
            with (
                socket.create_connection(plane.api_address) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1") as tls,
            ):
                return hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()

        assert found["server_certificate"]["fingerprint"] == await trio.to_thread.run_sync(served)
        assert "127.0.0.1" in found["server_certificate"]["names"]
        ca = ssl.PEM_cert_to_DER_cert(Path(plane.profile.ca_file).read_text())
        assert found["authority"]["fingerprint"] == hashlib.sha256(ca).hexdigest()
        assert found["authority"]["ca_path"] == "/v1/ca"
        settings = {one["name"]: one for one in found["settings"]}
        assert settings["listen"]["value"] == plane.config.listen
        assert settings["overlay"]["origin"] == "default"
        assert found["uptime_s"] == 90
        assert found["database"]["size_bytes"] > 0
        assert found["database"]["schema_version"] >= 9
        [shown] = found["database"]["backups"]
        assert (shown["file"], shown["size_bytes"]) == (str(backup), 10)
        assert found["versions"]["protocol"] == 1
        assert found["versions"]["build"] is None


async def test_they_are_for_administrators_of_the_appliance(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        made = await plane.post("/api/v1/keys", {"name": "k", "role": "owner", "organization": "default"})

        def ask() -> Reply:
            with Requester(plane, made["api_key"]) as requester:
                return requester.get("/api/v1/settings")

        assert (await trio.to_thread.run_sync(ask)).code == "FORBIDDEN"


async def test_what_needs_no_restart_is_changed_everywhere_or_says_why_not(tmp_path: Path) -> None:
    fixed = {"sources": {"backups_kept": "/etc/nimbus/nimbus.toml"}, "backups_kept": 7}
    async with two_control_planes(tmp_path, second=fixed) as (first, second):

        async def change(plane: ControlPlane, **values: object) -> tuple[str, str]:
            """Code and message of what it was refused with."""
            try:
                await plane.call(lambda client: client.patch("/api/v1/settings", values))
            except NimbusError as error:
                return error.code, error.message
            return "", ""

        async def setting(plane: ControlPlane, name: str) -> dict[str, Any]:
            read = (await plane.get("/api/v1/settings"))["settings"]
            [found] = [one for one in read if one["name"] == name]
            return found  # type: ignore[no-any-return]

        async def name_at(plane: ControlPlane) -> str:
            return str((await plane.get("/api/v1/auth/methods"))["control_plane"]["name"])

        done = await change(first, display_name="staging", enrolment="approve", backups_kept=9)
        assert done == ("", "")
        assert (await first.get("/api/v1/whoami"))["control_plane"] == {"name": "staging", "color": "none"}
        await eventually_so(lambda: _is(name_at(second), "staging"), "the other one has the name")

        shown = await setting(first, "backups_kept")
        assert (shown["value"], shown["default"], shown["origin"]) == (9, 5, "database")
        assert shown["changed_by"]
        shown = await setting(second, "backups_kept")
        assert (shown["value"], shown["source"]) == (7, "/etc/nimbus/nimbus.toml")
        code, message = await change(second, backups_kept=8)
        assert code == "SETTING_FIXED"
        assert "/etc/nimbus/nimbus.toml" in message

        for values, code in (
            ({"enrolment": "auto"}, "CONFIRMATION_NEEDED"),
            ({"audit_retention_days": 1}, "CONFIRMATION_NEEDED"),
            ({"audit_retention_days": -1}, "VALIDATION_ERROR"),
            ({"rate_limit_per_address": 0.001, "confirm": True}, "VALIDATION_ERROR"),
            ({"display_color": "plaid"}, "VALIDATION_ERROR"),
            ({"display_name": " x"}, "VALIDATION_ERROR"),
            ({"listen": "127.0.0.1:1"}, "VALIDATION_ERROR"),
        ):
            assert (await change(first, **values))[0] == code, values
        waiting = await first.agent("n1")
        assert (await first.get(f"/api/v1/nodes/{waiting.record.node_id}"))["approval"] == "waiting"
        assert await change(first, enrolment="auto", confirm=True) == ("", "")
        assert await change(first, display_name=None, backups_kept=None, confirm=True) == ("", "")
        assert (await setting(first, "backups_kept"))["origin"] == "default"
        assert await name_at(first) == ""
        rows = [
            row
            for row in await first.get("/api/v1/audit-log")
            if row["action"] == "settings.update" and row["outcome"] == "ok"
        ]
        assert rows[0]["before"] == {"display_name": "staging", "backups_kept": 9}
        assert rows[-1]["after"] == {"display_name": "staging", "enrolment": "approve", "backups_kept": 9}


async def _is(answer: Awaitable[object], wanted: object) -> bool:
    return await answer == wanted


async def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with control_plane(tmp_path) as plane:
        shown = await command_line_of(plane, tmp_path, monkeypatch, capsys).ok("settings")
        assert "SHA-256" in shown
        assert plane.config.listen in shown
        cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
        assert "staging" in await cli.ok("settings", "set", "display_name=staging", "task-retention-days=400")
        assert (await cli.json("settings", "get", "task_retention_days"))["value"] == 400
        assert "staging" in await cli.ok("whoami")
        assert len(await cli.json("settings", "list", "--changed")) == 2
        for arguments, word in (
            (("set", "listen=127.0.0.1:1"), "NIMBUS_LISTEN"),
            (("set", "displayname=x"), "display_name"),
            (("set", "backups_kept=many"), "not a number"),
            (("set", "task_retention_days=1"), "--yes"),
        ):
            status, _, error = await cli("settings", *arguments)
            assert status, arguments
            assert word in error
        await cli.ok("settings", "set", "--yes", "task_retention_days=1")
        await cli.ok("settings", "unset", "task_retention_days", "display_name")
        assert await cli.json("settings", "list", "--changed") == []
