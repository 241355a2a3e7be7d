"""What is asked of relays here."""

from __future__ import annotations

from typing import Protocol


class Relays(Protocol):
    @property
    def is_open(self) -> bool:
        """Relays can be used now."""

    def endpoint_for(self, address: str, /) -> str:
        """Where WireGuard sends so that it goes to the member with this overlay address by a relay; "" when that
        cannot be now. It stays the same until `close`."""

    def close(self, address: str, /) -> None:
        """This member is not relayed any more. Idempotent."""


class NoRelays:
    """Where nothing is relayed."""

    is_open = False

    def endpoint_for(self, _address: str) -> str:
        return ""

    def close(self, _address: str) -> None:
        return


def is_relay(endpoint: str) -> bool:
    """What is relayed goes through a socket of this machine: no member is at its loopback."""
    return endpoint.startswith("127.")
