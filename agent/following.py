"""Following what the control plane wants in one section: it names a revision, and what belongs to it is fetched."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Never

import trio

from agent.link import LinkDown
from nimbus.protocol.attempts import Attempts


class Following:
    """Belongs to the Trio thread. `what` is said in the log when a turn fails; `but` ends a turn without a word,
    as a link that is down does: heartbeats and polls name the revision again."""

    def __init__(self, log: logging.Logger, what: str, *, but: tuple[type[Exception], ...] = ()) -> None:
        self._silent: tuple[type[Exception], ...] = (LinkDown, *but)
        self._attempts = Attempts(log, what, but=self._silent)
        self._news = trio.Event()
        self._settled = trio.Event()
        self._settled.set()

    def has_news(self) -> None:
        if self._settled.is_set():
            self._settled = trio.Event()
        self._news.set()

    async def settle(self, seconds: float) -> None:
        """Wait until what there was of news is here, or cannot be had now; no longer than that."""
        with trio.move_on_after(seconds):
            await self._settled.wait()

    async def run(
        self, follow: Callable[[], Awaitable[None]], ended: Callable[[Attempts], None] = lambda _: None
    ) -> Never:
        """A turn of `follow` for all news that there are; `ended` hears of each, unless the link was down."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            try:
                with self._attempts:
                    await follow()
                ended(self._attempts)
            except self._silent:
                continue
            finally:
                if not self._news.is_set():
                    self._settled.set()
