"""By which relay one peer is reached. Pure; times are seconds of one clock.

Nodes that relay come before the control plane, which is always the last. A node is used once a question has come
back from the peer over it; one that has left a question without an answer for 3.5 s is not, until it answers
again.

    there is traffic        the relay in use is asked once a second, unless something comes from the peer over it
    every 20 s              all of them are asked
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import msgspec

from nimbus.wireguard.relay_frame import QUESTION_BYTES, Reason

DEAD_S = 3.5
ASK_S = 1.0
SURVEY_S = 20.0
# Traffic that is no older counts as such.
ACTIVE_S = 5.0
# That a relay had no room is said for so long.
FULL_S = 60.0


class _Relay(msgspec.Struct):
    heard_at: float = float("-inf")
    """When something last came from the peer over it."""
    asked_at: float | None = None
    """The oldest question without an answer."""
    questions: dict[bytes, float] = {}
    """Those without an answer that may still get one, and when they were asked."""

    def ask(self, now: float) -> bytes:
        question = secrets.token_bytes(QUESTION_BYTES)
        self.questions = {each: at for each, at in self.questions.items() if now < at + DEAD_S}
        self.questions[question] = now
        self.asked_at = now if self.asked_at is None else self.asked_at
        return question

    def is_proven(self, now: float) -> bool:
        return self.heard_at > float("-inf") and not self.is_dead(now)

    def is_dead(self, now: float) -> bool:
        return self.asked_at is not None and now >= self.asked_at + DEAD_S


class RelayChoice:
    """`last` is the control plane's overlay address."""

    def __init__(self, last: str) -> None:
        self._last = last
        self._relays: dict[str, _Relay] = {last: _Relay()}
        self._survey_at = float("-inf")
        self._active_at = float("-inf")
        self.refused = ""
        # A relay that had no room, and when it said so last.
        self.full = ""
        self._full_at = float("-inf")

    def refuses(self, address: str, reason: int, now: float) -> None:
        """A relay says so (`Reason`)."""
        if reason == Reason.NO_ROOM:
            self.refused = "the relay has no room"
            self.full, self._full_at = address, now
        else:
            self.refused = "the relay does not serve this pair"

    def is_full(self, now: float) -> bool:
        """Whether a relay had no room lately."""
        return now < self._full_at + FULL_S

    def use(self, nodes: Sequence[str]) -> None:
        """From now on these nodes come before the control plane."""
        order = (*(node for node in nodes if node != self._last), self._last)
        if tuple(self._relays) != order:
            self._relays = {address: self._relays.get(address, _Relay()) for address in order}
            self._survey_at = float("-inf")

    def current(self, now: float) -> str:
        for address, relay in self._relays.items():
            if relay.is_proven(now):
                return address
        return self._last

    def is_answered(self, now: float) -> bool:
        """Whether the peer answers by any of them, as far as is known."""
        return any(relay.is_proven(now) for relay in self._relays.values())

    def sent(self, now: float) -> None:
        """There is traffic to the peer."""
        self._active_at = now

    def heard(self, address: str, now: float) -> None:
        """Something came from the peer over that relay."""
        relay = self._relays.get(address)
        if relay is not None:
            relay.heard_at, relay.asked_at, self.refused = now, None, ""

    def answered(self, address: str, question: bytes, now: float) -> None:
        """An answer of the peer came over that relay: it counts for one question that was asked there lately."""
        relay = self._relays.get(address)
        if relay is not None and now < relay.questions.pop(question, float("-inf")) + DEAD_S:
            self.heard(address, now)

    def to_ask(self, now: float) -> Mapping[str, bytes]:
        """The relays to ask now, each with its question; they count as asked."""
        if now > self._active_at + ACTIVE_S:
            return {}
        if now >= self._survey_at + SURVEY_S:
            self._survey_at = now
            asked = list(self._relays)
        else:
            current = self.current(now)
            asked = [current] if now >= self._relays[current].heard_at + ASK_S else []
        return {address: self._relays[address].ask(now) for address in asked}
