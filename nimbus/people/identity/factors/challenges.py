"""Challenges without a table: what was asked is sealed, goes to the client, and comes back with the answer. Only
that it was answered is stored: a challenge that nobody answers costs nothing."""

from __future__ import annotations

from typing import Literal

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Unauthenticated
from nimbus.kernel.ids import new_id
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.factors import store
from nimbus.protocol.errors import NimbusError

GOOD_FOR_S = 300
MAX_STATE = 4096
Purpose = Literal["second-factor", "passkey-sign-in", "passkey-registration"]


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`user_id` "" where it is not known yet who answers. `session_id` binds a registration to its session.
    `stamp` is when the password was changed last: with another one the challenge is void."""

    id: str
    purpose: Purpose
    expires_at: int
    user_id: str = ""
    session_id: str = ""
    stamp: int = 0
    nonce: str = ""
    methods: tuple[str, ...] = ()


class Challenges:
    def __init__(self, clock: Clock, sealer: Sealer) -> None:
        self._clock = clock
        self._sealer = sealer

    def issue(
        self,
        purpose: Purpose,
        *,
        user_id: str = "",
        session_id: str = "",
        stamp: int = 0,
        nonce: str = "",
        methods: tuple[str, ...] = (),
        challenge_id: str = "",
    ) -> str:
        challenge = Challenge(
            id=challenge_id or new_id(),
            purpose=purpose,
            user_id=user_id,
            session_id=session_id,
            expires_at=self._clock.now() + from_seconds(GOOD_FOR_S),
            stamp=stamp,
            nonce=nonce,
            methods=methods,
        )
        return self._sealer.seal(msgspec.json.encode(challenge).decode(), _context(purpose))

    def open(self, purpose: Purpose, state: str) -> Challenge:
        """Raises Unauthenticated."""
        if len(state) > MAX_STATE or not state.isascii():
            raise _void()
        try:
            challenge = msgspec.json.decode(self._sealer.open(state, _context(purpose)), type=Challenge)
        except (NimbusError, msgspec.DecodeError):
            raise _void() from None
        now = self._clock.now()
        # Not from the future either: a clock that was set back must not keep it good.
        if not now < challenge.expires_at <= now + from_seconds(GOOD_FOR_S):
            raise _void()
        return challenge

    def spend(self, tx: Transaction, challenge: Challenge) -> None:
        """In the transaction of what the answer leads to. Raises Unauthenticated when it was answered before."""
        if not store.spend_challenge(tx, challenge.id, challenge.expires_at):
            raise _void()

    def forget(self, tx: Transaction) -> None:
        # An hour later: a clock that was set back a little must not make one good again.
        store.forget_challenges(tx, self._clock.now() - from_seconds(3600))


def _context(purpose: str) -> str:
    return f"challenge:{purpose}"


def _void() -> Unauthenticated:
    return Unauthenticated(
        "the challenge has expired, was answered already, or is none of this control plane's",
        next_step="Begin again: nimbus login",
    )
