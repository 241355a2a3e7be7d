from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import trio.testing

from nimbus.protocol.service_notify import keep_watchdog, notify, watchdog_interval


def test_a_message_reaches_a_socket_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert notify("READY=1\nSTATUS=up")
        assert listening.recv(100) == b"READY=1\nSTATUS=up"


def test_a_message_reaches_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"nimbus-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        assert notify("WATCHDOG=1")
        assert listening.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    "where", ["", "relative", "/no/such/socket", "@nobody-listens-here", "/" + "x" * 300]
)
def test_nobody_listening_is_no_harm(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", where)
    assert not notify("READY=1")


@pytest.mark.parametrize(
    ("microseconds", "pid", "wanted"),
    [
        ("4000000", None, 2.0),
        ("0", None, None),
        ("soon", None, None),
        ("-1", None, None),
        ("4000000", "1", None),
    ],
)
def test_the_watchdog_interval(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, pid: str | None, wanted: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))
    assert watchdog_interval() == wanted


async def test_the_watchdog_is_told_as_often_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "n"))
        listening.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        monkeypatch.setenv("WATCHDOG_USEC", "10000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        with trio.move_on_after(21):
            await keep_watchdog()
        assert [listening.recv(100) for _ in range(5)] == [b"WATCHDOG=1"] * 5
        with pytest.raises(BlockingIOError):
            listening.recv(100)


async def test_no_watchdog_is_kept_where_none_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    await keep_watchdog()
