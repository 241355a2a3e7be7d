"""The generation of the database that this control plane serves, as its nodes hear of it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from nimbus.protocol.messages import Heartbeat

log = logging.getLogger("nimbus.agents")


class ServedGeneration:
    """`proof` is for nodes that know another one. `proven` says which generation a node's proof is of (None: it is
    none); `on_newer` is called with one that is higher than ours: this is an older copy."""

    def __init__(
        self, number: int, proof: str, proven: Callable[[str], int | None], on_newer: Callable[[int], None]
    ) -> None:
        self.number = number
        self._proof = proof
        self._proven = proven
        self._on_newer = on_newer

    def hear(self, beat: Heartbeat) -> str:
        """The proof for the answer; "" when the node knows this generation. What a node says alone counts for
        nothing: it has to show what the newer control plane has signed."""
        if beat.generation == self.number:
            return ""
        if beat.generation > self.number and beat.proof:
            number = self._proven(beat.proof[:1000])
            if number is not None and number > self.number:
                self._on_newer(number)
        return self._proof
