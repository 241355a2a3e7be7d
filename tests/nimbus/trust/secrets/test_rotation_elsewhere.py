"""A master key that another control plane on the database has made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import trio

from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKeyUnusable
from nimbus.trust.secrets.records import MasterKeyRotated, MasterKeyRotatedElsewhere
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
