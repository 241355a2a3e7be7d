"""The proxy of a node on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.http_proxy.proxy import DIRECT, parse_proxy
from agent.http_proxy.stored import store_proxy, stored_proxy

PROXY = parse_proxy("http://me:hunter2@proxy:8080", "x.example")


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "proxy.json"
    assert stored_proxy(file) == DIRECT
    store_proxy(file, PROXY)
    assert file.stat().st_mode & 0o777 == 0o600
    assert stored_proxy(file) == PROXY
    store_proxy(file, DIRECT)
    assert not file.exists()


def test_a_file_that_is_damaged_is_said_and_not_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "proxy.json"
    file.write_bytes(b'{"host": 7, "password": "hunter2"}')
    assert stored_proxy(file) == DIRECT
    assert str(file) in caplog.text
    assert "hunter2" not in caplog.text
