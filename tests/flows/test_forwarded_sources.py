"""Whose a request is, behind a trusted proxy: by the header as a proxy really writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio

from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually_so
from tests.kit.raw_http import exchange

WRONG = json.dumps({"username": "admin", "password": "not the password"}).encode()
SEEN, FORGED = "198.51.100.7", "203.0.113.1"


@pytest.mark.parametrize("lines", [[f"{FORGED}, {SEEN}"], [FORGED, SEEN], [f"{FORGED}, 203.0.113.2", SEEN]])
async def test_a_line_of_the_clients_own_is_not_believed(tmp_path: Path, lines: list[str]) -> None:
    """Some proxies append to the client's header, others (HAProxy) add a line after it."""
    head = ["POST /api/v1/auth/login HTTP/1.1", "Host: nimbus", "Content-Type: application/json"]
    head += [f"X-Forwarded-For: {line}" for line in lines]
    head += [f"Content-Length: {len(WRONG)}", "Connection: close", "", ""]
    request = "\r\n".join(head).encode() + WRONG
    async with control_plane(tmp_path, trusted_proxies="127.0.0.1") as plane:
        answer = await trio.to_thread.run_sync(exchange, plane, request)
        assert answer.startswith(b"HTTP/1.1 401"), answer
        refused: list[str] = []

        async def is_written() -> bool:
            rows = await plane.get("/api/v1/audit-log")
            refused[:] = [row["source"] for row in rows if row["outcome"] != "ok"]
            return bool(refused)

        await eventually_so(is_written, "the refused sign-in has its row")
        assert refused == [SEEN]
