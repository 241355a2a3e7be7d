"""What operations ask for: the file of an artifact, here, whole, and staying while they use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import trio

from agent.artifacts.cache import ArtifactCache
from agent.artifacts.fetching import pieces
from agent.link import ControlPlaneLink
from agent.operations.failure import OperationFailed
from agent.state.disk import why
from nimbus.protocol.file_sum import FileSum

T = TypeVar("T")
# Bytes that are here already, bytes in all.
Progress = Callable[[int, int], None]


def _unseen(_here: int, _size: int) -> None:
    """For who does not show how far it is."""


class Artifacts:
    """Belongs to the Trio thread. `link` is the node's; fetching opens another of the same kind."""

    def __init__(self, cache: ArtifactCache, link: ControlPlaneLink) -> None:
        self._cache = cache
        self._link = link
        self._turns: dict[str, trio.Lock] = {}
        self._used: Counter[str] = Counter()
        # Of its own: a disk that hangs keeps nothing else waiting.
        self._threads = trio.CapacityLimiter(2)

    @asynccontextmanager
    async def path(self, sha256: str, size: int, progress: Progress = _unseen) -> AsyncIterator[Path]:
        """The file, which is not removed within the block; fetched when it is not here. Raises OperationFailed."""
        self._used[sha256] += 1
        try:
            await self.fetch(sha256, size, progress)
            yield self._cache.path(sha256)
        finally:
            self._used[sha256] -= 1

    async def fetch(self, sha256: str, size: int, progress: Progress = _unseen) -> int:
        """See that it is here, whole; how many bytes came over the network for it. Raises OperationFailed."""
        self._used[sha256] += 1
        try:
            async with self._turns.setdefault(sha256, trio.Lock()):
                return await self._fetched(sha256, size, progress)
        except OSError as error:
            await self._quietly(lambda: self._cache.drop_part(sha256))
            raise OperationFailed("DISK", f"the artifact cannot be stored: {why(error)}") from None
        finally:
            self._used[sha256] -= 1

    async def _fetched(self, sha256: str, size: int, progress: Progress) -> int:
        await self._in_thread(self._cache.prepare)
        if await self._in_thread(lambda: self._cache.is_whole(sha256, size)):
            if (await self._sum_of(self._cache.path(sha256))).hexdigest() == sha256:
                progress(size, size)
                return 0
            await self._in_thread(lambda: self._cache.drop(sha256))
        here = await self._in_thread(lambda: self._cache.received(sha256, size))
        summed = await self._sum_of(self._cache.part(sha256)) if here else FileSum()
        used = {used_sum for used_sum, count in self._used.items() if count}
        reason = await self._in_thread(lambda: self._cache.make_room(size, size - summed.position, used))
        if reason:
            await self._in_thread(lambda: self._cache.drop_part(sha256))
            raise OperationFailed("NO_ROOM", f"the artifact was not downloaded: {reason}", retryable=False)
        fetched = await self._download(sha256, size, summed, progress)
        if summed.hexdigest() != sha256:
            await self._in_thread(lambda: self._cache.drop_part(sha256))
            raise OperationFailed(
                "CHECKSUM_MISMATCH", "the download has a different SHA-256 and was discarded"
            )
        await self._in_thread(lambda: self._cache.keep(sha256))
        return fetched

    async def _download(self, sha256: str, size: int, summed: FileSum, progress: Progress) -> int:
        began = summed.position
        progress(began, size)
        link = self._link.another()
        # A nursery would wrap it.
        failure: OperationFailed | OSError | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.run)
            try:
                async with aclosing(pieces(link, sha256, began, size)) as coming:
                    async for data in coming:
                        await self._in_thread(lambda data=data: self._append(sha256, summed, data))  # type: ignore[misc]
                        progress(summed.position, size)
            except (OperationFailed, OSError) as failed:
                failure = failed
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return summed.position - began

    def _append(self, sha256: str, summed: FileSum, data: bytes) -> None:
        self._cache.append(sha256, summed.position, data)
        summed.add(data)

    async def _sum_of(self, path: Path) -> FileSum:
        summed = FileSum()
        while await self._in_thread(lambda: summed.read_on(path)):
            await trio.lowlevel.checkpoint()
        return summed

    async def _quietly(self, work: Callable[[], None]) -> None:
        try:
            await self._in_thread(work)
        except OSError:
            return

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._threads)
