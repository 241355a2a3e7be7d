"""A master key that another control plane on this database has made: taken from the file, where it has to
be."""

from __future__ import annotations

import logging

import trio

from nimbus.kernel.events import EventBus, Wakeup
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKeyUnusable
from nimbus.trust.secrets.records import MasterKeyRotatedElsewhere
from nimbus.trust.secrets.reencryption import Reencryption

LOOK_AGAIN_S = 3600.0
log = logging.getLogger("nimbus.secrets")


class RotationElsewhere:
    """Belongs to the Trio thread. A control plane whose file does not have the key ends: it could neither open
    what is sealed from now on, nor must it seal with a key that is about to go."""

    def __init__(self, keyring: Keyring, reencryption: Reencryption) -> None:
        self._keyring = keyring
        self._reencryption = reencryption
        self._wanted = ""
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(MasterKeyRotatedElsewhere, self._on_rotated)

    def _on_rotated(self, event: MasterKeyRotatedElsewhere) -> None:
        self._wanted = event.key_id
        self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled. Raises MasterKeyUnusable."""
        while True:
            await self._wakeup.wait(LOOK_AGAIN_S)
            if self._wanted and self._wanted != self._keyring.key_id:
                await self._take(self._wanted)

    async def _take(self, key_id: str) -> None:
        keys = {key.key_id: key for key in await trio.to_thread.run_sync(self._keyring.file.read)}
        if key_id not in keys:
            raise _missing(key_id, str(self._keyring.file.path))
        for key in keys.values():
            self._keyring.learn(key)
        self._keyring.promote(key_id)
        self._reencryption.wake(grace=True)
        log.info("another control plane has changed the master key: new values are sealed with %s", key_id)


def _missing(key_id: str, path: str) -> MasterKeyUnusable:
    return MasterKeyUnusable(
        f"another control plane on this database seals with the master key {key_id}, which is not in {path}",
        next_step="Copy the master key file of that one here, or share one file; then start again.",
    )
