"""A master key that another control plane on the database has made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import trio

from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.kernel.errors import Conflict
from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKeyUnusable
from nimbus.trust.secrets.records import MasterKeyRotated, MasterKeyRotatedElsewhere, MasterKeyState
from nimbus.trust.secrets.reencryption import Reencryption
from nimbus.trust.secrets.rotation import MasterKeys
from nimbus.trust.secrets.rotation_elsewhere import RotationElsewhere
from tests.kit.database import RecordingBus
from tests.kit.polling import eventually
from tests.kit.records import ADMIN
from tests.nimbus.trust.secrets.world import World, world


def of_another(w: World, file: Path) -> tuple[Keyring, RotationElsewhere, RecordingBus]:
    key_file = KeyFile(file)
    keyring, bus = Keyring(key_file.read(), key_file), RecordingBus()
    follower = RotationElsewhere(keyring, w.reencryption)
    follower.subscribe(bus)
    return keyring, follower, bus


async def rotated(w: World) -> MasterKeyRotatedElsewhere:
    await w.master_keys.rotate(ADMIN)
    [event] = w.bus.of(MasterKeyRotated)
    assert isinstance(event, MasterKeyRotated)
    return MasterKeyRotatedElsewhere(event.key_id)


async def test_with_one_file_the_new_key_seals_here_too(tmp_path: Path) -> None:
    async with world(tmp_path) as w, trio.open_nursery() as nursery:
        keyring, follower, bus = of_another(w, w.key_file)
        nursery.start_soon(follower.run)
        bus.publish(await rotated(w))
        await eventually(lambda: keyring.key_id == w.keyring.key_id, "the new key")
        assert keyring.open(w.keyring.seal("a value", "c"), "c") == "a value"
        nursery.cancel_scope.cancel()


async def test_without_the_new_key_it_ends_and_says_where_it_has_to_be(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        copy = tmp_path / "copied.key"
        shutil.copy2(w.key_file, copy)
        _, follower, bus = of_another(w, copy)
        bus.publish(await rotated(w))
        with pytest.raises(MasterKeyUnusable, match=r"which is not in .*copied\.key"):
            await follower.run()


async def test_values_that_do_not_open_are_known_also_where_another_one_reencrypts(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        altered = await w.create("altered")
        await w.create("good")
        key_file = KeyFile(w.key_file)
        keyring = Keyring(key_file.read(), key_file)
        idle = Reencryption(w.database, w.clock, w.audit, keyring, SEALED_COLUMNS)
        here = MasterKeys(w.database, w.clock, w.audit, keyring, SEALED_COLUMNS, idle)
        await w.database.write(
            lambda tx: tx.execute(
                "UPDATE secret_versions SET sealed_value = ? WHERE secret_id = ?",
                (f"{keyring.key_id}.AAAA", altered.id),
            )
        )
        await rotated(w)
        keyring.learn(key_file.read()[0])
        keyring.promote(key_file.read()[0].key_id)
        with pytest.raises(Conflict, match="under way"):
            await here.rotate(ADMIN)
        await w.reencryption.converge()
        status = await here.status(ADMIN)
        assert (status.state, status.values_left, status.unreadable) == (MasterKeyState.UNREADABLE, 1, 1)
        assert (await here.rotate(ADMIN)).primary == keyring.key_id
