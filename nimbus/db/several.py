"""This control plane as one of several on a database."""

from __future__ import annotations

from nimbus.db.leadership import Leadership
from nimbus.db.relay import Relay


class Several:
    """Given to what has to know that there may be others; None stands for being the only one. `relay`: what they
    tell each other; `leadership`: which of them does what only one may do."""

    def __init__(self, relay: Relay, leadership: Leadership) -> None:
        self.relay, self.leadership = relay, leadership

    @property
    def leads(self) -> bool:
        return self.leadership.leads
