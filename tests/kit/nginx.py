"""A real nginx that ends TLS in front of `proxy_listen`: in the foreground, stopped by its id. On loopback, or on a
host of the lab."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.kit.lab.network import Namespace

PROGRAM = "nginx"
LOOPBACK = "127.0.0.1"
START_S = 10.0

# What every nginx of the tests begins with: nothing of it lies outside of its folder.
HEAD = """\
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log {level};
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""
# `keepalive` is of the upstream; `outside`, `server` and `location` hold further directives.
CONFIGURATION = (
    HEAD
    + """\
    {outside}
    upstream control_plane {{
        server {upstream};
        keepalive 16;
    }}
    server {{
        listen {host}:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        {server}
        location {path} {{
            proxy_pass {scheme}://control_plane;
            {location}
        }}
    }}
}}
"""
)
RECOMMENDED = """
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header Host $host;
"""


class Nginx:
    """`host` and `port` are where it listens, `within` is the namespace; the process is of this moment."""

    def __init__(
        self,
        folder: Path,
        port: int,
        upstream: int,
        certificate: Path,
        key: Path,
        *,
        location: str = RECOMMENDED,
        server: str = "",
        outside: str = "",
        path: str = "/v1/internal/",
        scheme: str = "http",
        host: str = LOOPBACK,
        upstream_host: str = LOOPBACK,
        within: Namespace | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.host, self.port = folder, host, port
        self._within = within
        self._file = folder / "nginx.conf"
        # Its workers write into a folder that is this user's alone.
        user = "user root;" if os.geteuid() == 0 else ""
        text = CONFIGURATION.format(
            level="info",
            user=user,
            folder=folder,
            host=host,
            port=port,
            upstream=f"{upstream_host}:{upstream}",
            certificate=certificate,
            key=key,
            location=location,
            server=server,
            outside=outside,
            path=path,
            scheme=scheme,
        )
        self._file.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    async def start(self) -> None:
        prefix = self._within.prefix if self._within else []
        command = [*prefix, shutil.which(PROGRAM) or PROGRAM, "-p", str(self.folder), "-c", str(self._file)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with trio.fail_after(START_S):
            while not await trio.to_thread.run_sync(self._looked):
                assert self._process.poll() is None, self._process.communicate()[1]

    def _looked(self) -> bool:
        return self._within.call_now(self._accepts) if self._within else self._accepts()

    def _accepts(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=0.2).close()
        except OSError:
            return False
        return True

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(lambda: process.communicate(timeout=10))

    def log(self) -> str:
        return (self.folder / "access.log").read_text()


@asynccontextmanager
async def running(nginx: Nginx) -> AsyncIterator[Nginx]:
    await nginx.start()
    try:
        yield nginx
    finally:
        await nginx.stop()


def skip_without_nginx() -> None:
    if shutil.which(PROGRAM) is None:
        pytest.skip("nginx is not installed (nginx-light)")
