"""What a control plane says of itself to its administrators."""

from __future__ import annotations

import hashlib
import socket
import ssl
from pathlib import Path

import pytest
import trio

from tests.kit.cli import command_line_of
from tests.kit.clock import SettableClock
from tests.kit.control_plane import control_plane
from tests.kit.requester import Reply, Requester


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


async def test_they_are_for_administrators_of_the_appliance(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        made = await plane.post("/api/v1/keys", {"name": "k", "role": "owner", "organization": "default"})

        def ask() -> Reply:
            with Requester(plane, made["api_key"]) as requester:
                return requester.get("/api/v1/settings")

        assert (await trio.to_thread.run_sync(ask)).code == "FORBIDDEN"


async def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with control_plane(tmp_path) as plane:
        shown = await command_line_of(plane, tmp_path, monkeypatch, capsys).ok("settings")
        assert "SHA-256" in shown
        assert plane.config.listen in shown
