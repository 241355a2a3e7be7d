"""`nimbus-agent leave` beside the systemd unit: it stops before, and comes back only when leaving failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent import defaults, service
from agent.directory import AgentDirectory
from agent.service import without_service
from agent.status import AgentStatus, write_status


class FakeSystemctl:
    """Notes what it is asked for; what it says of the unit is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **properties: str) -> None:
        self.asked: list[str] = []
        unit = {"LoadState": "loaded", "ActiveState": "active", **properties}
        monkeypatch.setattr(service, "unit_properties", lambda _: unit)
        monkeypatch.setattr(service, "_systemctl", self.asked.append)


def directory_of(root: Path, pid: int) -> AgentDirectory:
    directory = AgentDirectory(root)
    empty = AgentStatus(
        pid=pid,
        written_at=0.0,
        connected=True,
        problem="",
        last_contact=None,
        clock_offset_s=0.0,
        mesh_revision=None,
        mesh_members=None,
        tasks=[],
        unreported=0,
    )
    write_status(directory.status, empty)
    return directory


def test_it_is_stopped_and_stays_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl = FakeSystemctl(monkeypatch, MainPID=str(os.getpid()))
    with without_service(directory_of(tmp_path, os.getpid())) as had_service:
        assert (had_service, systemctl.asked) == (True, ["stop"])
    assert systemctl.asked == ["stop", "disable"]


def test_it_comes_back_when_leaving_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl = FakeSystemctl(monkeypatch, MainPID=str(os.getpid()))
    with pytest.raises(OSError), without_service(directory_of(tmp_path, os.getpid())):
        raise OSError
    assert systemctl.asked == ["stop", "start"]


def test_another_agents_unit_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemctl = FakeSystemctl(monkeypatch, MainPID="1")
    with without_service(directory_of(tmp_path, os.getpid())) as had_service:
        assert not had_service
    absent = FakeSystemctl(monkeypatch, LoadState="not-found")
    with without_service(directory_of(tmp_path, os.getpid())) as had_service:
        assert not had_service
    assert systemctl.asked == absent.asked == []


def test_a_unit_that_is_between_two_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defaults, "DATA_DIR", str(tmp_path))
    systemctl = FakeSystemctl(monkeypatch, ActiveState="activating", MainPID="0")
    with without_service(AgentDirectory(tmp_path)) as had_service:
        assert had_service
    assert systemctl.asked == ["stop", "disable"]
