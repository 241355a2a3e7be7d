"""The folder of artifacts and the rows that name them, compared: at the start, when a row has gone, every hour.

A file that no row names is kept for a day: a database that was restored by mistake can be restored again. What is
known to have been deleted goes at once. Nothing goes by a clock that nobody vouches for (`nimbus.db.retention`).
"""

from __future__ import annotations

import logging

import trio

from nimbus.db import Database
from nimbus.db.retention import is_vouched_for
from nimbus.fleet.artifacts import store
from nimbus.fleet.artifacts.files import ArtifactFiles
from nimbus.fleet.artifacts.records import ContentReleased, Damage
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.file_sum import FileSum

SWEEP_INTERVAL_S = 3600.0
GRACE_S = 86_400.0
log = logging.getLogger("nimbus.artifacts")


class Keeper:
    def __init__(self, database: Database, clock: Clock, files: ArtifactFiles, turn: trio.Lock) -> None:
        """`turn` is held while files and rows change together."""
        self._database = database
        self._clock = clock
        self._files = files
        self._turn = turn
        self._wakeup = Wakeup()
        self._released: set[str] = set()
        self._suspects: set[str] = set()
        # Of its own: sums of large files take long.
        self._thread = trio.CapacityLimiter(1)
        self._attempts = Attempts(
            log, "the folder of artifacts could not be looked at", "trying again within the hour"
        )

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ContentReleased, self._on_released)

    def _on_released(self, event: ContentReleased) -> None:
        self._released.add(event.sha256)
        self._wakeup.signal()

    def suspect(self, sha256: str) -> None:
        """A node could not use what it was given of this content: it is looked at soon."""
        self._suspects.add(sha256)
        self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled."""
        await self._attempt(verify=True)
        while True:
            swept = not await self._wakeup.wait(SWEEP_INTERVAL_S)
            await self._attempt(verify=False, sweep=swept)

    async def _attempt(self, *, verify: bool, sweep: bool = True) -> None:
        with self._attempts:
            await self.drop_released()
            await self.verify_suspects()
            if sweep:
                await self.sweep()
            if verify:
                await self.verify()

    async def drop_released(self) -> None:
        while self._released:
            sha256 = self._released.pop()
            async with self._turn:
                if not await self._database.read(lambda tx, sha256=sha256: store.is_named(tx, sha256)):  # type: ignore[misc]
                    await trio.to_thread.run_sync(self._files.drop_content, sha256, limiter=self._thread)

    async def sweep(self) -> None:
        """Files without a row go, rows without their file are marked."""
        async with self._turn:
            kept, parts = await trio.to_thread.run_sync(self._files.listing, limiter=self._thread)
            named = await self._database.read(store.contents)
            uploads = await self._database.read(store.upload_ids)
            now = self._clock.now()
            is_right = await self._database.read(lambda tx: is_vouched_for(tx, now))
            for sha256, changed_at in kept.items():
                if is_right and sha256 not in named and to_seconds(now) - changed_at > GRACE_S:
                    log.info("the content %s, which no artifact names any more, is removed", sha256)
                    await trio.to_thread.run_sync(self._files.drop_content, sha256, limiter=self._thread)
            for upload_id in parts:
                if upload_id not in uploads:
                    await trio.to_thread.run_sync(self._files.drop_part, upload_id, limiter=self._thread)
        for sha256, (size, damage) in named.items():
            seen = await trio.to_thread.run_sync(self._files.condition, sha256, size, limiter=self._thread)
            # One whose sum is wrong has the right length perhaps: only another look at all of it heals that.
            if seen is not Damage.NONE or damage is Damage.MISSING:
                await self._note(sha256, seen)

    async def verify(self) -> None:
        """Every content has the sum that it is named by."""
        for sha256, (size, damage) in (await self._database.read(store.contents)).items():
            await self._verify_one(sha256, size, damage)

    async def verify_suspects(self) -> None:
        suspects, self._suspects = self._suspects, set()
        known = await self._database.read(store.contents) if suspects else {}
        for sha256 in suspects & known.keys():
            await self._verify_one(sha256, *known[sha256])

    async def _verify_one(self, sha256: str, size: int, damage: Damage) -> None:
        seen = await self._verified(sha256, size)
        if seen is not damage:
            await self._note(sha256, seen)

    async def _verified(self, sha256: str, size: int) -> Damage:
        seen = await trio.to_thread.run_sync(self._files.condition, sha256, size, limiter=self._thread)
        if seen is not Damage.NONE:
            return seen
        summed, path = FileSum(), self._files.content(sha256)
        try:
            while await trio.to_thread.run_sync(summed.read_on, path, limiter=self._thread):
                await trio.lowlevel.checkpoint()
        except OSError:
            return Damage.MISSING
        return Damage.NONE if summed.hexdigest() == sha256 else Damage.ALTERED

    async def _note(self, sha256: str, damage: Damage) -> None:
        async with self._turn:
            size = (await self._database.read(store.contents)).get(sha256)
            if size is None:
                return
            if damage is not Damage.NONE:
                # It may have been uploaded anew meanwhile.
                present = await trio.to_thread.run_sync(
                    self._files.condition, sha256, size[0], limiter=self._thread
                )
                if damage is Damage.MISSING and present is Damage.NONE:
                    return
            changed = await self._database.write(lambda tx: store.set_damage(tx, sha256, damage))
        if changed and damage is not Damage.NONE:
            log.error("the file of the artifact %s is %s", sha256, damage.value)
        elif changed:
            log.info("the file of the artifact %s is whole again", sha256)
