"""`nimbus doctor`: what it makes of the facts, without a control plane."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from nimbus.cli.main import run
from nimbus.composition.checkup import rules
from nimbus.composition.checkup.host import host
from nimbus.composition.checkup.look import look
from nimbus.kernel.clock import SystemClock
from nimbus.protocol.checkup import rules as shared
from nimbus.settings.configuration import ControlPlaneConfig

GIB = 2**30
_ENABLED = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled", "Result": "success"}


@pytest.mark.parametrize(
    ("free", "database", "ok"),
    [(10 * GIB, GIB, True), (2 * GIB, GIB, None), (0.1 * GIB, 0, False), (float("inf"), GIB, True)],
)
def test_space(free: float, database: int, ok: bool | None) -> None:
    finding = rules.of_space("/data", free, database)
    assert (finding.ok, bool(finding.next_step)) == (ok, ok is not True)


@pytest.mark.parametrize(("version", "ok"), [(29, None), (30, True), (31, False)])
def test_the_schema(version: int, ok: bool | None) -> None:
    assert rules.of_schema(version, 30).ok is ok


@pytest.mark.parametrize(
    ("now", "ok", "said"),
    [
        (-1.0, False, "not valid yet"),
        (1.0, True, "valid for 29 days"),
        (29.5 * shared.DAY_S, None, "valid for 12 hours"),
        (31.5 * shared.DAY_S, False, "expired 1 day ago"),
    ],
)
def test_certificates(now: float, ok: bool | None, said: str) -> None:
    finding = shared.of_certificate(
        "it", 0.0, 30 * shared.DAY_S, now, warn_s=7 * shared.DAY_S, renew="Renew it."
    )
    assert finding.ok is ok
    assert said in finding.what


def test_backups() -> None:
    assert rules.of_backups(None, 0.0).ok is None
    assert rules.of_backups(0.0, shared.DAY_S).what.endswith("1 day old")
    assert rules.of_backups(0.0, 31 * shared.DAY_S).ok is None


@pytest.mark.parametrize(
    ("mode", "secret", "said"),
    [(0o600, True, ""), (0o640, True, "can be read"), (0o755, False, ""), (0o775, False, "can be written")],
)
def test_modes(mode: int, secret: bool, said: str) -> None:
    finding = shared.of_mode("/data/x", mode, secret=secret)
    assert (finding is None) == (not said)
    assert finding is None or (said in finding.what and finding.next_step.startswith("Run: chmod go-"))


@pytest.mark.parametrize(
    ("changed", "is_running", "ok", "said"),
    [
        ({}, True, True, "active and enabled"),
        ({"LoadState": "not-found"}, True, None, "no systemd unit"),
        ({"ActiveState": "failed", "Result": "exit-code"}, False, False, "failed (exit-code)"),
        ({"ActiveState": "inactive"}, False, False, "is inactive"),
        (
            {"ActiveState": "inactive", "UnitFileState": "disabled"},
            True,
            None,
            "does not start with the machine",
        ),
    ],
)
def test_the_unit(changed: dict[str, str], is_running: bool, ok: bool | None, said: str) -> None:
    finding = shared.of_unit(
        "nimbus-api", "the control plane", {**_ENABLED, **changed}, is_running=is_running
    )
    assert finding.ok is ok
    assert said in finding.what


def test_nothing_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing"
    words = ["doctor", "--data-dir", str(missing), "--mesh", "off"]
    assert run(words) == 1
    said = capsys.readouterr().out
    assert f"FAIL directory    there is no data directory {missing}\n" in said
    assert "\n2 problems found.\n" in said
    assert run([*words, "-o", "json"]) == 1
    assert {"ok", "area", "what", "next_step"} == set(json.loads(capsys.readouterr().out)[0])
    assert not missing.exists()


def test_a_port_that_another_program_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        config = ControlPlaneConfig(
            data_dir=str(tmp_path), listen=f"127.0.0.1:{port}", agent_port=0, mesh="off"
        )
        failed = [finding.what for finding in look(config, SystemClock()) if finding.ok is False]
    assert f"TCP port {port} of the API cannot be used: Address already in use" in failed


def test_an_endpoint_whose_name_is_not_found() -> None:
    config = ControlPlaneConfig(endpoint="nowhere.invalid:51820")
    failed = [finding.what for finding in host(config, is_running=False) if finding.ok is False]
    assert "the name in endpoint nowhere.invalid:51820 does not resolve" in failed
