"""kill -9 in the middle of a rotation: every value stays readable, and the rotation goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nimbus.kernel.routing import Target
from nimbus.trust.secrets.records import MasterKeyState
from tests.kit.records import ADMIN
from tests.nimbus.trust.secrets.rotating import POINTS, SECRETS
from tests.nimbus.trust.secrets.world import VALUE, world

TURNS = 12


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.nimbus.trust.secrets.rotating", str(folder), *arguments]


async def fill(folder: Path) -> dict[str, str]:
    async with world(folder) as w:
        for number in range(SECRETS):
            await w.create(f"secret-{number}", f"{VALUE} {number}")
        return await w.values()


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_this_point(tmp_path: Path, point: str) -> None:
    values = await fill(tmp_path)
    killed = subprocess.run(command(tmp_path, point), check=False, timeout=60, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    async with world(tmp_path) as w:
        assert await w.values() == values
        await w.reencryption.converge()
        assert await w.values() == values
        status = await w.master_keys.status(ADMIN)
        assert (status.state, status.values_left) == (MasterKeyState.CURRENT, 0)
        assert [key.in_file for key in status.keys] == [True]
        kept = await w.rows("SELECT key_id FROM master_keys WHERE retired_at IS NULL")
        assert kept == [(status.primary,)]
        # It can be rotated again, and what happened to the keys is in the audit log.
        await w.master_keys.rotate(ADMIN)
        rows = await w.rows("SELECT resource_id FROM audit_log WHERE resource_kind = 'master_key'")
        adopted = await w.rows("SELECT key_id FROM master_keys")
        assert {row[0] for row in rows} == {row[0] for row in adopted}


async def test_killed_anywhere_again_and_again(tmp_path: Path) -> None:
    """A process that rotates without an end while others write. What was answered is there after the kill."""
    await fill(tmp_path)
    dice = random.Random(20261121)
    newest: dict[str, tuple[int, str]] = {}
    for _ in range(TURNS):
        process = subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(dice.randrange(1, 160))]
        finally:
            process.send_signal(signal.SIGKILL)
            lines.append(process.stdout.read())
            process.wait()
            process.stdout.close()
        for line in "".join(lines).split("\n")[:-1]:
            what, *rest = line.split(" ", 3)
            if what == "wrote":
                newest[rest[0]] = (int(rest[1]), rest[2])
        async with world(tmp_path) as w:
            values = await w.values()
            for name, (version, value) in newest.items():
                secret = await w.secrets.show(ADMIN, Target(name))
                assert secret.version >= version
                if secret.version == version:
                    assert values[f"secret_versions.sealed_value:{secret.id}/{version}"] == value
    async with world(tmp_path) as w:
        assert len(await w.rows("SELECT key_id FROM master_keys")) >= TURNS // 2
        await w.reencryption.converge()
        status = await w.master_keys.status(ADMIN)
        assert (status.state, status.values_left, len(status.keys)) == (MasterKeyState.CURRENT, 0, 1)
        assert list(tmp_path.glob(".master.key.*")) == []
