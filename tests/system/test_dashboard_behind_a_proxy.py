"""Live updates behind a real nginx: set up as docs/dashboard.md says, and with the host as many have it."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trio
from trio_websocket import ConnectionRejected, WebSocketConnection, open_websocket_url

from nimbus.protocol.signing import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.nginx import Nginx, running, skip_without_nginx
from tests.kit.ports import free_ports

PATH = "/api/v1/events"
DOCUMENTED = """
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
"""
UPGRADES = """
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ""      close;
    }
"""


def _headers(plane: ControlPlane, origin: str) -> list[tuple[bytes, bytes]]:
    timestamp = str(int(time.time()))
    signed = sign(plane.profile.secret_key, "GET", PATH, timestamp, b"")
    headers = {
        ACCESS_KEY_HEADER: plane.profile.access_key,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: signed,
        "Origin": origin,
    }
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def test_it_is_what_the_guide_says() -> None:
    guide = " ".join((Path(__file__).parents[2] / "docs/dashboard.md").read_text().split())
    for line in (DOCUMENTED + UPGRADES).strip().splitlines():
        assert " ".join(line.split()) in guide


@asynccontextmanager
async def behind_nginx(folder: Path, location: str) -> AsyncIterator[tuple[ControlPlane, Nginx]]:
    skip_without_nginx()
    async with control_plane(folder, trusted_proxies="127.0.0.1") as plane:
        pki = Path(plane.config.data_dir) / "pki"
        nginx = Nginx(
            folder / "nginx",
            free_ports(1)[0],
            int(plane.profile.api.rpartition(":")[2]),
            pki / "api.crt",
            pki / "api.key",
            location=location,
            outside=UPGRADES,
            path="/",
            scheme="https",
        )
        async with running(nginx):
            yield plane, nginx


def _stream(plane: ControlPlane, nginx: Nginx) -> AbstractAsyncContextManager[WebSocketConnection]:
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    address = nginx.url.replace("https://", "wss://") + PATH
    return open_websocket_url(address, context, extra_headers=_headers(plane, nginx.url))


async def test_live_updates_as_the_guide_says(tmp_path: Path) -> None:
    async with behind_nginx(tmp_path, DOCUMENTED) as (plane, nginx):
        with trio.fail_after(20):
            async with _stream(plane, nginx) as stream:
                assert json.loads(await stream.get_message())["type"] == "ready"


async def test_a_host_without_its_port_is_refused_with_what_to_set(tmp_path: Path) -> None:
    async with behind_nginx(tmp_path, DOCUMENTED.replace("$http_host", "$host")) as (plane, nginx):
        with trio.fail_after(20), pytest.raises(ConnectionRejected) as refused:
            async with _stream(plane, nginx):
                raise AssertionError("it was let in")
    assert refused.value.status_code == 403
    assert b"proxy_set_header Host $http_host" in (refused.value.body or b"")
