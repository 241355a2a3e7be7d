"""Certificates of a running control plane: uploaded, used by virtual hosts, replaced, exported, near their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nimbus.client.client import ApiError, Client
from tests.kit.certificates import certificate_files
from tests.kit.cli import Cli, command_line
from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually_so

PATH, HOSTS = "/api/v1/certificates", "/api/v1/virtual-hosts"


async def test_a_certificate_at_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    files = ("--chain", str(chain), "--key", str(key))

    def write(*names: str) -> None:
        for file, text in zip((chain, key), certificate_files(*names), strict=True):
            file.write_text(text)

    async with command_line(tmp_path, monkeypatch, capsys) as command:
        write("www.example.com", "*.example.org")
        out = await command.ok("certificate", "upload", "www", *files)
        assert out.startswith("Certificate www uploaded: for www.example.com, *.example.org, until ")
        assert "PRIVATE" not in await command.ok("certificate", "show", "www", "-o", "json")
        write("www.example.com")
        status, _, notes = await command("certificate", "replace", "www", *files)
        assert status == 0
        assert "Note: it is no longer for *.example.org." in notes
        assert len(await command.json("certificate", "versions", "www")) == 2
        await _exports(command, chain, key, tmp_path)
        chain.write_text(certificate_files("other.example")[0])
        status, _, error = await command("certificate", "replace", "www", *files)
        assert status == 1
        assert "private_key: is not the key of the certificate other.example" in error
        assert (await command.json("certificate", "show", "www"))["version"] == 2
        assert await command.ok("certificate", "delete", "www", "--yes") == "Certificate www deleted.\n"


async def _exports(command: Cli, chain: Path, key: Path, folder: Path) -> None:
    out_chain, out_key = folder / "out.pem", folder / "out.key"
    await command.ok(
        "certificate", "export", "www", "--chain-file", str(out_chain), "--key-file", str(out_key)
    )
    assert (out_chain.read_text(), out_key.read_text()) == (chain.read_text(), key.read_text())
    assert out_key.stat().st_mode & 0o777 == 0o600
    [row] = await command.json("audit", "list", "--action", "certificate.export")
    assert row["resource"]["name"] == "www"


async def test_who_names_a_certificate_and_when_it_ends(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        await plane.call(_used)
        chain, private_key = certificate_files("soon.example", days=10)
        made = await plane.post(PATH, {"name": "soon", "chain": chain, "private_key": private_key})
        assert made["state"] == "expiring"

        async def told() -> Any:
            return await plane.get("/api/v1/audit-log", action="certificate.expiring")

        await eventually_so(told, "the end of the certificate is told")
        [row] = await told()
        assert row["resource"]["name"] == "soon"


def _used(client: Client) -> None:
    chain, key = certificate_files("www.example.com")
    made = client.post(PATH, {"name": "www", "chain": chain, "private_key": key})
    host = {
        "name": "shop",
        "server_name": ["www.example.com"],
        "ssl_certificate_id": "www",
        "locations": [{"path": "/", "redirect": "/x"}],
    }
    assert client.post(HOSTS, host)["ssl_certificate_id"] == made["id"]
    with pytest.raises(ApiError, match="in use by virtual host shop"):
        client.request("DELETE", f"{PATH}/www")
    with pytest.raises(ApiError, match="the certificate www is not for shop"):
        client.patch(f"{HOSTS}/shop", {"server_name": ["shop.example.net"]})
    client.request("DELETE", f"{HOSTS}/shop")
    client.request("DELETE", f"{PATH}/www")
