"""Answers that are known before the request has come in whole: the connection stays good, or is said to close."""

from __future__ import annotations

import contextlib
import select
import ssl
from pathlib import Path

import pytest
import trio

from nimbus.http import whole_requests
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.raw_http import connect, received, status_of

# So long nothing may come before the rest of a request is there.
QUIET_S = 0.3
EARLY = {
    "no such path": (b"POST /api/v1/nothing HTTP/1.1\r\n", 404),
    "wrong method": (b"PUT /api/v1/whoami HTTP/1.1\r\n", 405),
    "no page": (b"POST /nodes/nothing HTTP/1.1\r\n", 404),
}


def head(line: bytes, length: int) -> bytes:
    return line + b"Host: localhost\r\nContent-Length: %d\r\n\r\n" % length


@pytest.mark.parametrize(("line", "status"), EARLY.values(), ids=EARLY)
async def test_a_connection_can_be_used_again(tmp_path: Path, line: bytes, status: int) -> None:
    def talk(plane: ControlPlane) -> None:
        with connect(plane) as sock:
            for _ in range(2):
                sock.sendall(head(line, 5))
                sock.settimeout(QUIET_S)
                with pytest.raises(TimeoutError):
                    sock.recv(1)
                sock.settimeout(20)
                sock.sendall(b"hello")
                answer = received(sock)
                assert status_of(answer) == status
                assert b"connection: close" not in answer.lower()

    async with control_plane(tmp_path) as plane:
        await trio.to_thread.run_sync(talk, plane)


async def test_who_does_not_send_the_rest_is_told_that_the_connection_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_requests, "PATIENCE_S", 0.1)

    def talk(plane: ControlPlane) -> None:
        with connect(plane) as sock:
            sock.sendall(head(EARLY["no such path"][0], 5))
            answer = received(sock)
            assert status_of(answer) == 404
            assert b"connection: close" in answer.lower()
            with contextlib.suppress(ssl.SSLEOFError):
                assert sock.recv(1) == b""

    async with control_plane(tmp_path) as plane:
        await trio.to_thread.run_sync(talk, plane)


async def test_an_answer_that_was_not_read_yet_outlives_the_end_of_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that has bytes nobody reads resets the connection, and the answer is lost on the other side."""
    monkeypatch.setattr(whole_requests, "PATIENCE_S", 0.1)

    def talk(plane: ControlPlane) -> None:
        with connect(plane) as sock:
            sock.sendall(head(b"POST /api/v1/nodes/tokens HTTP/1.1\r\n", 8 * 1024 * 1024) + b"x" * 1024)
            select.select([sock], [], [], 20)
            for _ in range(20):
                sock.sendall(b"x" * 100_000)
            assert status_of(received(sock)) == 413

    async with control_plane(tmp_path) as plane:
        await trio.to_thread.run_sync(talk, plane)


@pytest.mark.parametrize("size", [17_000, 200_000])
async def test_the_head_is_bounded(tmp_path: Path, size: int) -> None:
    def talk(plane: ControlPlane) -> None:
        with connect(plane) as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * size + b"\r\n\r\n")
            answer = received(sock)
            assert status_of(answer) == 431
            assert b'"code":"HEAD_TOO_LARGE"' in answer

    async with control_plane(tmp_path) as plane:
        await trio.to_thread.run_sync(talk, plane)


async def test_http_1_does_not_become_http_2(tmp_path: Path) -> None:
    """What passed a proxy as one request would be a connection of its own."""
    upgrade = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )

    def talk(plane: ControlPlane) -> None:
        for request, status in (
            (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + upgrade, 200),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404),
        ):
            with connect(plane) as sock:
                sock.sendall(request)
                assert status_of(received(sock)) == status

    async with control_plane(tmp_path) as plane:
        await trio.to_thread.run_sync(talk, plane)


async def test_a_body_that_is_too_large_does_not_cost_the_answer(tmp_path: Path) -> None:
    size = 3 * 1024 * 1024

    def talk(plane: ControlPlane) -> None:
        with connect(plane) as sock:
            sock.sendall(head(b"POST /api/v1/nodes/tokens HTTP/1.1\r\n", size) + b"x" * size)
            assert status_of(received(sock)) == 413
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert status_of(received(sock)) == 200

    async with control_plane(tmp_path) as plane:
        await trio.to_thread.run_sync(talk, plane)
