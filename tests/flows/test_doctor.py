"""`nimbus doctor` beside a control plane that runs, and over what it left when something was broken."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from nimbus.composition.checkup.look import look
from nimbus.kernel.clock import SystemClock
from nimbus.protocol.checkup.finding import Finding
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.control_plane import control_plane


async def looked(config: ControlPlaneConfig) -> list[Finding]:
    return await trio.to_thread.run_sync(look, config, SystemClock())


def failed(findings: list[Finding]) -> list[str]:
    return [f"{finding.area}: {finding.what}" for finding in findings if finding.ok is False]


async def test_a_control_plane_that_runs_is_well(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        findings = await looked(plane.config)
        said = [finding.what for finding in findings]
        assert failed(findings) == []
        assert f"the API answers at {plane.serving.api}" in said
        assert f"the agents' listener answers at {plane.serving.agent_api}" in said


@pytest.mark.sqlite
async def test_what_is_broken_is_named(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        config = plane.config
    root = Path(config.data_dir)
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    assert failed(await looked(config)) == [f"process: no control plane is running on {root}"]
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before

    (root / "master.key").chmod(0o644)
    (root / "pki/api.crt").write_text("damaged")
    said = "\n".join(failed(await looked(config)))
    assert "master.key can be read by other users (mode 0644)" in said
    assert "the certificate of the API" in said

    database = root / "nimbus.db"
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"x" * 8192)
    (root / "master.key").unlink()
    said = "\n".join(failed(await looked(config)))
    assert "database: it is damaged" in said
    assert "secrets cannot be read without it" in said
    database.unlink()
    assert f"database: there is no database {database}" in failed(await looked(config))
