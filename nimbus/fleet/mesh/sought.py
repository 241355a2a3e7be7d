"""Members that do not reach another: the other is told, and sends to them.

A NAT or a stateful firewall lets in what answers to something that went out. So two of them are passed when both
ends send to each other at the same moment; that takes somebody who can speak to both. Of several control planes on
one database the others are told, for the other member may poll there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.mesh.records import MemberSought, MembersSought, MembersSoughtElsewhere
from nimbus.kernel.events import EventBus
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import Heartbeat

# Of one heartbeat, and for one member.
MOST_SOUGHT = 32
# After that it has found a way, or asked again.
LIFETIME_S = 10.0
# What comes faster is told to other control planes together, and so much of it.
GATHER_S = 0.1
MOST_TOLD = 1000
log = logging.getLogger("nimbus.mesh")


class Sought:
    """Belongs to the Trio thread; nothing of it is stored. `may_meet` tells of two node ids whether the one may
    hear of the other. `others`: the database by which other control planes are told; None: there are none."""

    def __init__(
        self, bus: EventBus, may_meet: Callable[[str, str], bool], others: Database | None = None
    ) -> None:
        self._bus = bus
        self._others = others
        # Seeker and sought, which the other control planes are still to hear of.
        self._untold: dict[tuple[str, str], None] = {}
        self._news = trio.Event()
        bus.subscribe(MembersSoughtElsewhere, self._hear_of_elsewhere)
        self._may_meet = may_meet
        # Who is sought, by whom, and since when.
        self._waiting: dict[str, dict[str, float]] = {}

    def hear(self, node_id: str, beat: Heartbeat) -> None:
        for other in beat.sought[:MOST_SOUGHT]:
            if self._note(node_id, other) and self._others is not None and len(self._untold) < MOST_TOLD:
                self._untold[node_id, other] = None
                self._news.set()

    def _hear_of_elsewhere(self, event: MembersSoughtElsewhere) -> None:
        for node_id, other in event.pairs:
            self._note(node_id, other)

    def _note(self, node_id: str, other: str) -> bool:
        """Whether `other` is told that this node seeks it."""
        if other == node_id or not self._may_meet(node_id, other):
            return False
        if len(self._waiting.get(other, ())) >= MOST_SOUGHT:
            # One that is away takes nothing: who sought it long ago is not in the way of others.
            self._waiting[other] = {each: self._waiting[other][each] for each in self._fresh(other)}
        seekers = self._waiting.setdefault(other, {})
        if node_id not in seekers and len(seekers) >= MOST_SOUGHT:
            return False
        seekers[node_id] = trio.current_time()
        self._bus.publish(MemberSought(other))
        return True

    async def run(self) -> None:
        """Tell other control planes, until cancelled. What could not be told is not tried again: who seeks says so
        again."""
        attempts = Attempts(log, "other control planes are not told which members are sought")
        while self._others is not None:
            await self._news.wait()
            await trio.sleep(GATHER_S)
            self._news = trio.Event()
            event = MembersSought(tuple(self._untold))
            self._untold.clear()
            with attempts:
                await self._others.write(partial(_emit, event))

    def waits_for(self, node_id: str) -> bool:
        return any(self._fresh(node_id))

    def take(self, node_id: str) -> tuple[str, ...]:
        """Who seeks this node, told once."""
        found = tuple(self._fresh(node_id))
        self._waiting.pop(node_id, None)
        return found

    def _fresh(self, node_id: str) -> list[str]:
        after = trio.current_time() - LIFETIME_S
        return [seeker for seeker, at in self._waiting.get(node_id, {}).items() if at > after]


def _emit(event: MembersSought, tx: Transaction) -> None:
    tx.emit(event)
