"""Where WireGuard sends to the control plane: names looked up, their addresses tried in turn.

    it answers, or there is one address       stay
    no new handshake, no byte for 15 s        the next address
    WireGuard answers, nothing else for 60 s  the next address
    a name has other addresses                those; the present one as long as it is among them

Belongs to the Trio thread; names are looked up in a thread of their own, and nobody waits for them.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import trio

from nimbus.wireguard.addresses import join_endpoint, split_endpoint
from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.model import PeerState
from nimbus.wireguard.unusable import unusable

PATIENCE_S = 15.0
# WireGuard answers there, but the control plane does not: a host that it has moved away from.
USELESS_S = 60.0
MOST_ADDRESSES = 32
log = logging.getLogger("nimbus.mesh")


def addresses_of(endpoint: str) -> tuple[str, ...]:
    """`host:port` with each address of a name in the place of it, in the resolver's order; empty when it has none
    now. Blocks, for tens of seconds where a name server is silent."""
    if is_literal(endpoint):
        return (endpoint,)
    host, _, port = endpoint.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
    except (OSError, ValueError, UnicodeError):
        return ()
    addresses = (join_endpoint(str(each[4][0]), int(each[4][1])) for each in found)
    return tuple(dict.fromkeys(address for address in addresses if is_literal(address)))


class Misleading(NamedTuple):
    """A name of the control plane that leads to an address where it cannot be."""

    name: str
    address: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} leads to {self.address}, which {self.reason}"


def led_astray(endpoint: str, found: Sequence[str], overlay: str) -> dict[str, Misleading]:
    """Those of the addresses that were found for `endpoint`, a name, at which the control plane cannot be.
    `overlay` is an address in the mesh with its prefix length, "" when that is not known."""
    if is_literal(endpoint):
        return {}
    network = ipaddress.IPv4Network(overlay, strict=False) if overlay else None
    astray = {}
    for each in found:
        host = split_endpoint(each)[0]
        reason = unusable(host, network)
        # Two machines on one link may know each other so.
        if reason and not ipaddress.ip_address(host).is_link_local:
            astray[each] = Misleading(endpoint, host, reason)
    return astray


def is_literal(endpoint: str) -> bool:
    try:
        split_endpoint(endpoint)
    except InvalidWireGuard:
        return False
    return True


class HubEndpoints:
    """`look_up` is of one endpoint. `known` is where names were found the last time that the agent ran: used until
    they are found again."""

    def __init__(
        self,
        endpoints: Sequence[str],
        look_up: Callable[[str], tuple[str, ...]] | None = None,
        known: Mapping[str, tuple[str, ...]] | None = None,
        overlay: str = "",
    ) -> None:
        """`overlay` is an address in the mesh with its prefix length."""
        self._look_up = look_up or addresses_of
        self._endpoints = tuple(endpoints)
        self._overlay = overlay
        # Of names, what they lead to that is of no use.
        self._astray: dict[str, list[Misleading]] = {}
        # Of each name, where it was found last.
        self._found: dict[str, tuple[str, ...]] = {
            name: found for name, found in (known or {}).items() if found and all(map(is_literal, found))
        }
        self._found |= {each: (each,) for each in endpoints if is_literal(each)}
        self._candidates: tuple[str, ...] = ()
        self._told = len(self._endpoints)
        # Other endpoints were told, of which no address is known yet.
        self._is_news = False
        self._sign: tuple[float | None, int] | None = None
        # When the sign changed last; when there was a connection last, or this address's turn began.
        self._since = self._of_use_at = 0.0
        self.current = ""
        self._take_in()

    def use(self, endpoints: Sequence[str], told: int) -> None:
        """From now on these, of which the control plane has told so many, the first. The present address stays as
        long as it is among those: another may not answer yet."""
        self._is_news = self._is_news or tuple(endpoints) != self._endpoints
        self._endpoints, self._told = tuple(endpoints), told
        self._found |= {each: (each,) for each in endpoints if is_literal(each)}
        self._take_in()

    def begin(self) -> None:
        """With the first address that there is."""
        if self._candidates:
            self._turn_to(self._candidates[0])

    @property
    def alert(self) -> str:
        """Names that lead where the control plane cannot be; "" without any."""
        astray = [each for name in self._endpoints for each in self._astray.get(name, ())]
        if not astray:
            return ""
        return (
            f"the control plane's name {astray[0]}: that is not used."
            " Mend this machine's DNS or /etc/hosts, or name an address in the control plane's endpoint"
        )

    @property
    def candidates(self) -> tuple[str, ...]:
        """All addresses that are known now."""
        return self._candidates

    def answered(self, endpoint: str) -> None:
        """WireGuard has been heard there, when it was tried beside `current`."""
        if endpoint in self._candidates:
            self._turn_to(endpoint)

    @property
    def found(self) -> dict[str, tuple[str, ...]]:
        """Of each name that is in use, where it was found last."""
        return {
            name: self._found[name]
            for name in self._endpoints
            if name in self._found and not is_literal(name)
        }

    def turn(self) -> None:
        """It is the next one's turn."""
        if self.current in self._candidates:
            place = self._candidates.index(self.current)
            self._turn_to(self._candidates[(place + 1) % len(self._candidates)])

    @property
    def has_choice(self) -> bool:
        return len(self._candidates) > 1

    def seen_at(self, endpoint: str | None) -> None:
        """Where WireGuard has it now: it follows a peer that moves by itself."""
        if endpoint in self._candidates:
            self.current = endpoint

    async def look_up(self) -> bool:
        """Look all names up. Whether `current` is another one afterwards."""
        before = self.current
        for endpoint in self._endpoints:
            if not is_literal(endpoint):
                found = await trio.to_thread.run_sync(self._look_up, endpoint, abandon_on_cancel=True)
                astray = led_astray(endpoint, found, self._overlay)
                self._astray[endpoint] = list(astray.values())
                found = tuple(each for each in found if each not in astray)
                if found:
                    self._found[endpoint] = found
        self._take_in()
        return self.current != before

    def _take_in(self) -> None:
        self._candidates = self._known(self._endpoints)
        told = self._known(self._endpoints[: self._told])
        if self.current not in (told if self._is_news and told else self._candidates):
            self._turn_to(self._candidates[0] if self._candidates else self.current)
        self._is_news = self._is_news and not told

    def _known(self, endpoints: tuple[str, ...]) -> tuple[str, ...]:
        found = [address for endpoint in endpoints for address in self._found.get(endpoint, ())]
        return tuple(dict.fromkeys(found))[:MOST_ADDRESSES]

    def _turn_to(self, address: str) -> None:
        self.current, self._sign = address, None

    def look(self, state: PeerState | None, *, connected: bool, now: float) -> bool:
        """`state` of the control plane's peer, `connected`: it answers by this way. Whether it is time for another
        address, which is `current` then."""
        sign = (state.last_handshake, state.rx_bytes) if state else (None, 0)
        if connected or self._sign is None:
            self._of_use_at = now
        if connected or sign != self._sign:
            self._sign, self._since = sign, now
        is_over = now >= self._since + PATIENCE_S or now >= self._of_use_at + USELESS_S
        if not is_over or len(self._candidates) < 2:
            return False
        self.turn()
        log.warning("no connection to the control plane: WireGuard tries %s", self.current)
        return True
