"""WireGuard's way to the control plane: which of its addresses by UDP, or TLS, and when it is another's turn.

Belongs to the Trio thread.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

import trio

from agent.appliers.hub import HubEndpoints
from agent.node_section.settings import NodeSettings
from agent.over_tls.connection import Connection
from agent.over_tls.fallback import TlsFallback
from agent.over_tls.tunnel import TlsTunnel
from agent.state.found_names import FoundNames
from nimbus.protocol.attempts import Attempts
from nimbus.wireguard.model import PeerState

NAMES_AT_START_S = 1.0
LOOK_UP_S = 8.0
# How often the way is looked at while there is no connection.
WAY_S = 3.0
# WireGuard's REJECT_AFTER_TIME (whitepaper, section 6.1).
SESSION_LIFETIME_S = 180.0
log = logging.getLogger("nimbus.mesh")


class ControlPlanePeer(Protocol):
    """The control plane as a peer of the device, which `MeshApplier` has."""

    @property
    def is_connected(self) -> bool:
        """The control plane answers requests."""

    @property
    def is_quiet(self) -> bool:
        """Nothing is sent that nobody asked for."""

    async def verify(self) -> None:
        """Set what is wanted now; a session with it goes on."""

    async def set_anew(self) -> None:
        """Without anything of a session with a host that is gone."""

    def open_session(self) -> None:
        """Send something to it."""

    async def control_plane_state(self) -> PeerState | None:
        """As the device has it."""

    def has_problem(self, problem: str) -> None:
        """What could not be set; "": nothing."""


class ControlPlaneWay:
    """`connect_tls` None: by UDP alone."""

    def __init__(
        self,
        settings: NodeSettings,
        connect_tls: Callable[[], Awaitable[Connection]] | None = None,
        found_names: FoundNames | None = None,
    ) -> None:
        self._is_proxied = settings.record.auth == "session-key"
        self._found_names = found_names or FoundNames()
        mesh = settings.record.mesh
        self._hub = HubEndpoints(
            settings.endpoints, known=self._found_names.addresses, overlay=mesh.address if mesh else ""
        )
        self._fallback = TlsFallback(is_active=settings.record.via_tls and connect_tls is not None)
        self._tls: TlsTunnel | None = None
        if connect_tls is not None:
            self._tls = TlsTunnel(connect_tls, self._udp_endpoints, self._udp_answers, self._tls_begins)
        self._is_session_lost = False
        # There is something new of the control plane's place.
        self._moved = trio.Event()

    @property
    def address(self) -> str:
        """Where it is tried by UDP now; "" while its names have no address."""
        return self._hub.current

    @property
    def endpoint(self) -> str:
        """What the device is told: this address, or where the way over TLS begins on this machine."""
        is_by_tls = self._tls is not None and self._fallback.is_active
        return self._tls.endpoint if self._tls is not None and is_by_tls else self._hub.current

    @property
    def has_choice(self) -> bool:
        return self._hub.has_choice

    @property
    def via(self) -> str:
        """ "udp", or "tls" where UDP is blocked."""
        return "tls" if self._fallback.is_active else "udp"

    @property
    def alert(self) -> str:
        if not self._fallback.is_active:
            return self._hub.alert
        return "UDP to the control plane is blocked: WireGuard goes over TLS, which is slower"

    @property
    def tls_problem(self) -> str:
        """Why there is no way over TLS, where it is needed."""
        return self._tls.problem if self._tls is not None and self._fallback.is_active else ""

    def use(self, settings: NodeSettings) -> None:
        """From now on these: `run` tells the device."""
        self._hub.use(settings.endpoints, settings.told_endpoints)
        self._moved.set()

    def use_port(self, port: int) -> None:
        """The UDP port that the device has."""
        if self._tls is not None:
            self._tls.use_port(port)

    def is_own_socket(self, endpoint: str) -> bool:
        return self._tls is not None and endpoint == self._tls.endpoint

    def seen_at(self, endpoint: str | None) -> None:
        """Where the device has it now: it follows a peer that moves by itself."""
        self._hub.seen_at(endpoint)

    async def begin(self) -> None:
        """With the first address that there is; a name server is not waited for."""
        with trio.move_on_after(NAMES_AT_START_S):
            await self._hub.look_up()
        self._hub.begin()

    async def run(self, peer: ControlPlanePeer) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._look_up_forever)
            if self._tls is not None:
                nursery.start_soon(self._tls.run)
            await self._keep(peer)

    async def _look_up_forever(self) -> None:
        """Follow the names of the control plane: while that takes long nothing else waits."""
        while True:
            if await self._hub.look_up():
                self._moved.set()
            await self._found_names.keep(self._hub.found)
            await trio.sleep(LOOK_UP_S)

    async def _keep(self, peer: ControlPlanePeer) -> None:
        """Use what is new of the control plane's place, and try its next address when it does not answer."""
        attempts = Attempts(log, "the way to the control plane could not be set")
        while True:
            with trio.move_on_after(WAY_S):
                await self._moved.wait()
            with attempts:
                if self._moved.is_set():
                    await self._use_news(peer)
                elif not peer.is_quiet:
                    await self._look(peer)
            peer.has_problem(attempts.problem)

    async def _use_news(self, peer: ControlPlanePeer) -> None:
        self._moved = trio.Event()
        await peer.verify()
        if not peer.is_connected or self._is_session_lost:
            self._is_session_lost = False
            await peer.set_anew()
        elif not peer.is_quiet:
            # The control plane answers to where it has heard from last.
            peer.open_session()

    async def _look(self, peer: ControlPlanePeer) -> None:
        now = trio.current_time()
        if peer.is_connected and not self._is_proxied:
            self._fallback.look(None, connected=True, now=now)
            return
        state = await peer.control_plane_state()
        # Who signs its requests reaches it by another way: of this one the session tells.
        age = handshake_age(state, time.time()) if self._is_proxied else None
        is_alive = age is not None and age < SESSION_LIFETIME_S
        turn = self._fallback.look(state, connected=is_alive, now=now) if self._tls is not None else ""
        if turn:
            self._take_turn(turn)
            await peer.set_anew()
        elif (
            not self._fallback.is_active
            and self._hub.has_choice
            and self._hub.look(state, connected=is_alive, now=now)
        ):
            await peer.set_anew()

    def _take_turn(self, turn: Literal["tls", "udp"]) -> None:
        assert self._tls is not None
        if turn == "tls":
            log.warning("no connection to the control plane by UDP: WireGuard tries it over TLS")
            self._tls.wake()
        else:
            self._hub.turn()
            log.warning("no connection to the control plane over TLS: WireGuard tries %s", self._hub.current)
            self._tls.rest()

    def _udp_endpoints(self) -> tuple[str, ...]:
        return self._hub.candidates

    def _udp_answers(self, endpoint: str) -> None:
        log.info("the control plane answers by UDP again, at %s", endpoint)
        self._fallback.udp_answers()
        self._hub.answered(endpoint)
        if self._tls is not None:
            self._tls.rest()
        self._moved.set()

    def _tls_begins(self) -> None:
        self._is_session_lost = True
        self._moved.set()


def handshake_age(state: PeerState | None, now: float) -> float | None:
    """Seconds since the last handshake, None when there was none."""
    if state is None or not state.last_handshake:
        return None
    return max(0.0, math.floor((now - state.last_handshake) * 10) / 10)
