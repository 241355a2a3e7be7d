"""What goes out with a browser or a command line and comes back: sealed, for a while, good once. Nothing is stored
until it is used: a sign-in that is begun and left costs nothing."""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.sealing import Sealer
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.refusals import Refused
from nimbus.protocol.errors import NimbusError

STATE_S = 600
MAX_TICKET = 8192
# Used tickets are remembered longer than they are good: a clock that was set back must not make one good again.
_REMEMBER = from_seconds(86400)


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Of one sign-in, between start and callback. `browser` is the digest of the cookie that it is bound to;
    `revision` that of the provider's settings, which must not change meanwhile."""

    id: str
    expires_at: int
    provider_id: str
    revision: int
    nonce: str
    verifier: str
    browser: str
    return_to: str = "/"
    cli_redirect: str = ""
    cli_challenge: str = ""
    links: bool = False


class DeviceTicket(msgspec.Struct, frozen=True, kw_only=True):
    """Of one sign-in by another device (RFC 8628)."""

    id: str
    expires_at: int
    provider_id: str
    revision: int
    device_code: str
    verifier: str
    interval: int


T = TypeVar("T", State, DeviceTicket)


class Tickets:
    def __init__(self, clock: Clock, sealer: Sealer) -> None:
        self._clock = clock
        self._sealer = sealer

    def now(self) -> int:
        return self._clock.now()

    def expiry(self, seconds: float) -> int:
        return self._clock.now() + from_seconds(seconds)

    def issue(self, ticket: State | DeviceTicket) -> str:
        return self._sealer.seal(msgspec.json.encode(ticket).decode(), _context(type(ticket)))

    def open(self, kind: type[T], text: str, *, at_most_s: float = STATE_S) -> T:
        """Raises Refused."""
        if not text or len(text) > MAX_TICKET or not text.isascii():
            raise _void("STATE_INVALID")
        try:
            ticket = msgspec.json.decode(self._sealer.open(text, _context(kind)), type=kind)
        except (NimbusError, msgspec.DecodeError):
            raise _void("STATE_INVALID") from None
        now = self._clock.now()
        # Not from the future either: a clock that was set back must not keep it good.
        if not now < ticket.expires_at <= now + from_seconds(at_most_s):
            raise _void("STATE_EXPIRED")
        return ticket

    def spend(self, tx: Transaction, ticket_id: str, expires_at: int) -> None:
        """Raises Refused when it was used before."""
        if not store.spend(tx, ticket_id, expires_at):
            raise _void("STATE_USED")

    def forget(self, tx: Transaction) -> None:
        now = self._clock.now()
        store.forget(tx, now - from_seconds(3600), now - _REMEMBER)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _context(kind: type[State | DeviceTicket]) -> str:
    return f"sign-in:{kind.__name__}"


def _void(reason: str) -> Refused:
    return Refused(
        reason, "this sign-in has expired, was finished already, or was not begun at this control plane"
    )
