"""What the control plane finds at its start, and when it refuses to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nimbus.composition.bootstrap import bootstrap
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.trust.secrets.master_key import MasterKey, MasterKeyUnusable
from tests.nimbus.trust.secrets.world import VALUE, world

A, B = (MasterKey(letter * 32) for letter in (b"a", b"b"))


def write(path: Path, *keys: MasterKey) -> None:
    path.write_bytes(b"\n".join(key.encoded() for key in keys))
    path.chmod(0o600)


async def test_a_first_start_makes_a_key(tmp_path: Path) -> None:
    async with world(tmp_path) as first:
        await first.create()
    async with world(tmp_path) as again:
        assert again.keyring.key_ids == first.keyring.key_ids
        assert VALUE in (await again.values()).values()


async def test_a_named_file_is_used_and_never_made(tmp_path: Path) -> None:
    named = tmp_path / "mounted.key"
    with pytest.raises(MasterKeyUnusable, match=r"mounted\.key does not exist"):
        async with world(tmp_path, named=str(named)):
            pass
    assert not named.exists()
    write(named, A, B)
    async with world(tmp_path, named=str(named)) as used:
        assert used.keyring.key_ids == (A.key_id, B.key_id)
    assert not (tmp_path / "master.key").exists()


async def test_a_lost_key_file_is_not_made_anew(tmp_path: Path) -> None:
    async with world(tmp_path) as first:
        await first.create()
    (tmp_path / "master.key").rename(tmp_path / "elsewhere")
    with pytest.raises(MasterKeyUnusable, match=f"{first.keyring.key_id}.*does not exist"):
        async with world(tmp_path):
            pass
    assert not (tmp_path / "master.key").exists()
    async with world(tmp_path, named=str(tmp_path / "elsewhere")) as found:
        assert VALUE in (await found.values()).values()


async def test_a_key_that_a_value_needs_must_be_there(tmp_path: Path) -> None:
    write(tmp_path / "master.key", A)
    async with world(tmp_path) as first:
        await first.create()
    write(tmp_path / "master.key", B)
    with pytest.raises(MasterKeyUnusable, match=f"need master key {A.key_id}") as raised:
        async with world(tmp_path):
            pass
    assert "secret_versions.sealed_value" in raised.value.message
    assert B.key_id in raised.value.message
    assert [detail["field"] for detail in raised.value.details] == [A.key_id]
    write(tmp_path / "master.key", B, A)
    async with world(tmp_path) as again:
        assert VALUE in (await again.values()).values()


async def test_a_damaged_value_does_not_keep_the_rest_from_being_served(tmp_path: Path) -> None:
    async with world(tmp_path) as first:
        await first.create()
        await first.database.write(lambda tx: tx.execute("UPDATE secret_versions SET sealed_value = 'x.y'"))
    async with world(tmp_path) as again:
        await again.reencryption.converge()
        assert again.reencryption.unreadable == 1


def test_bootstrap_needs_the_file_that_the_control_plane_has(tmp_path: Path) -> None:
    write(tmp_path / "mounted.key", A)
    named = ControlPlaneConfig(data_dir=str(tmp_path / "data"), master_key_file=str(tmp_path / "mounted.key"))
    bootstrap(named, new_key=True)
    with pytest.raises(MasterKeyUnusable, match=A.key_id) as raised:
        bootstrap(ControlPlaneConfig(data_dir=str(tmp_path / "data")), new_key=True)
    assert "NIMBUS_MASTER_KEY_FILE" in raised.value.next_step
    assert not (tmp_path / "data" / "master.key").exists()
    bootstrap(named, new_key=True)


async def test_an_open_file_keeps_the_control_plane_from_starting(tmp_path: Path) -> None:
    async with world(tmp_path):
        pass
    os.chmod(tmp_path / "master.key", 0o644)
    with pytest.raises(MasterKeyUnusable, match="open to others"):
        async with world(tmp_path):
            pass
