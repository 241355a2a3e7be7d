"""The last way: while the agents' listener is not reached, the API is asked where it is now."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import trio

from agent.command import own_command
from agent.generation import KnownGeneration
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.link import ControlPlaneLink
from agent.node_section.applier import NodeApplier
from agent.node_section.order import OutsideOrder
from agent.node_section.settings import NodeSettings
from nimbus.protocol.outside import OutsideAnswer

# By then the next endpoint of WireGuard has had its turn.
FIRST_AFTER_S = 45.0
LAST_AFTER_S = 600.0
PATIENCE_S = 120.0
LOOK_S = 15.0
AGAIN_S = 1.0
log = logging.getLogger("nimbus.agent")


class Fallback:
    """Belongs to the Trio thread. `jitter` is from 0 to 1: a fleet that lost its way must not ask at once."""

    def __init__(
        self,
        root: Path,
        settings: Callable[[], NodeSettings],
        link: ControlPlaneLink,
        generation: KnownGeneration,
        applier: NodeApplier,
        jitter: Callable[[], float] = random.random,
        proxy: HttpProxy = DIRECT,
    ) -> None:
        self._root = root
        self._settings = settings
        self._link = link
        self._generation = generation
        self._applier = applier
        self._jitter = jitter
        self._proxy = proxy
        self._problem = ""

    async def run(self) -> None:
        """Until cancelled."""
        pause_s = FIRST_AFTER_S
        while True:
            if await self._comes_back(pause_s * (0.75 + self._jitter() / 2)):
                self._problem, pause_s = "", FIRST_AFTER_S
                await trio.sleep(LOOK_S)
            else:
                await self._ask()
                pause_s = min(2 * pause_s, LAST_AFTER_S)

    @property
    def _is_of_use(self) -> bool:
        """A proxy that ends TLS is connected to, and may have no control plane behind it."""
        return self._link.connected and not self._link.failure

    async def _comes_back(self, within_s: float) -> bool:
        with trio.move_on_after(within_s):
            while not self._is_of_use:
                await self._link.wait_connected()
                if not self._is_of_use:
                    await trio.sleep(AGAIN_S)
        return self._is_of_use

    async def _ask(self) -> None:
        urls = self._settings().public_api
        if not urls:
            return
        try:
            answer = await self._answer(urls)
        except trio.TooSlowError:
            self._note(f"the API was asked where the control plane is: no answer within {PATIENCE_S:.0f} s")
            return
        except (OSError, ValueError) as error:
            self._note(f"the API was asked where the control plane is: {error}")
            return
        if not self._generation.may_obey(answer.generation):
            self._note(
                "the API that was asked where the control plane is serves an older copy of the database"
            )
        elif answer.section.revision != self._applier.applied:
            log.info("the API says where the control plane is now: revision %d", answer.section.revision)
            await self._applier.take(answer.section)

    async def _answer(self, urls: tuple[str, ...]) -> OutsideAnswer:
        """From a process of its own. Raises ValueError in its words."""
        with trio.fail_after(PATIENCE_S):
            done = await trio.run_process(
                [*own_command(), "ask-outside", "--data-dir", str(self._root)],
                stdin=msgspec.json.encode(OutsideOrder(urls, self._proxy)),
                capture_stdout=True,
                capture_stderr=True,
                check=False,
            )
        if done.returncode:
            raise ValueError(
                done.stderr.decode(errors="replace").strip()[-600:] or "it ended without an answer"
            )
        return msgspec.json.decode(done.stdout, type=OutsideAnswer)

    def _note(self, problem: str) -> None:
        """Once while it stays so."""
        if problem != self._problem:
            log.warning("%s", problem)
        self._problem = problem
