"""Whose turn it is to be measured, and how. Pure; times are seconds."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection
from typing import Literal

TURN_S = 10.0
# A small mesh is through in so long; of a large one no more than this at a time: a thousand in eleven minutes.
ROUND_S = 60.0
MOST_OF_A_TURN = 15
SESSION_LIFETIME_S = 180.0
# A session is renewed by what its initiator sends 120 s after the handshake (REKEY_AFTER_TIME), and the keepalive
# that follows an answer comes 10 s later (KEEPALIVE_TIMEOUT; whitepaper, section 6.1): echoes end well before.
ASKED_UP_TO_S = 100.0
Kind = Literal["active", "later", "silent", "idle"]


def number_of(peers: int) -> int:
    """How many of so many peers have their turn together."""
    return min(MOST_OF_A_TURN, math.ceil(peers * TURN_S / ROUND_S))


def kind_of(session_age: float | None, *, is_missed: bool) -> Kind:
    """How a way is measured. `session_age` since the last handshake, None: there was none; `is_missed`: something
    was sent lately, and nothing came back. `active`: by echoes; `later`: it is left to a later turn; `silent`: it
    is down, and `idle`: nothing is sent on it, so that neither is asked anything."""
    if is_missed:
        return "silent"
    if session_age is None or session_age >= SESSION_LIFETIME_S:
        return "idle"
    return "active" if session_age < ASKED_UP_TO_S else "later"


class Turns:
    """Each peer once in a round, in an order drawn anew for each, so that nodes do not all ask the same one."""

    def __init__(self, shuffle: Callable[[list[str]], None] = random.shuffle) -> None:
        self._shuffle = shuffle
        self._queue: list[str] = []

    def take(self, peers: Collection[str]) -> list[str]:
        """Whose turn it is among those that there are."""
        taken: list[str] = []
        number = number_of(len(peers))
        if not self._queue:
            self._queue = list(peers)
            self._shuffle(self._queue)
        while self._queue and len(taken) < number:
            peer = self._queue.pop()
            if peer in peers:
                taken.append(peer)
        return taken

    def put_back(self, peers: Collection[str]) -> None:
        """These have their turn after the others of this round."""
        self._queue[:0] = peers
