"""From a host name to the addresses that rows may be sent to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import trio

from nimbus.kernel.errors import invalid
from nimbus.records.destinations.records import Target
from nimbus.records.destinations.rules import Network, inside, literal

_MOST = 3
SETTING = "audit_destinations = all"


class NotDelivered(Exception):
    """`words` say why, for people."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Reach:
    """`anywhere`: the configuration allows every address."""

    def __init__(self, *, anywhere: bool, overlay: Sequence[Network]) -> None:
        self._anywhere = anywhere
        self._overlay = overlay

    def check(self, target: Target) -> None:
        """An address that is written out; of names it is known when they are sent to. Raises ValidationError."""
        address = literal(target.host)
        why = self._refused(str(address)) if address is not None else ""
        if why or (target.host == "localhost" and not self._anywhere):
            raise invalid(
                "target",
                f"{target.host} is {why or 'an address of this machine alone'}",
                next_step=f"Choose another host, or set {SETTING} in the configuration file of the control plane.",
            )

    async def addresses(self, target: Target) -> list[str]:
        """The first of those that the name stands for now. The connection goes to one of them and not to the name
        again, which may stand for another by then. Raises NotDelivered."""
        try:
            found = await trio.socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotDelivered(f"{target.host} has no address: {error.strerror or error}") from None
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        allowed = [address for address in addresses if not self._refused(address)]
        if not allowed:
            why = self._refused(addresses[0]) if addresses else "unknown"
            raise NotDelivered(f"{target.host} is {why}: nothing is sent there without {SETTING}")
        return allowed[:_MOST]

    def _refused(self, address: str) -> str:
        if self._anywhere:
            return ""
        return inside(ipaddress.ip_address(address.partition("%")[0]), self._overlay)
