"""Whose a request is, behind a trusted proxy: by the header as a proxy really writes it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import trio

from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually_so
from tests.kit.raw_http import exchange
from tests.kit.requester import Requester

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


@pytest.mark.parametrize(
    "sources",
    [
        [f"2001:db8:0:1::{number:x}" for number in range(1, 31)],
        ["198.51.100.9", "::ffff:198.51.100.9", "198.51.100.9:1234", "[::ffff:198.51.100.9]:1"] * 8,
        [f"fe80::1%{number}" for number in range(1, 31)],
    ],
    ids=["one /64", "one IPv4 address", "one link"],
)
async def test_who_has_many_addresses_has_one_limit(tmp_path: Path, sources: list[str]) -> None:
    async with control_plane(tmp_path, trusted_proxies="127.0.0.1", rate_limit_per_address=1) as plane:

        def ask() -> tuple[list[int], float]:
            begun = time.monotonic()
            with Requester(plane) as requester:
                methods = "/api/v1/auth/methods"
                statuses = [requester.get(methods, X_Forwarded_For=source).status for source in sources]
            return statuses, time.monotonic() - begun

        statuses, seconds = await trio.to_thread.run_sync(ask)
        # Four together, and one a second: of one limit, however many there are.
        assert 1 <= statuses.count(200) <= 5 + seconds
        assert set(statuses) == {200, 429}
