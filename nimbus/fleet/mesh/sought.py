"""Members that do not reach another: the other is told, and sends to them.

A NAT or a stateful firewall lets in what answers to something that went out. So two of them are passed when both
ends send to each other at the same moment; that takes somebody who can speak to both.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from nimbus.fleet.mesh.records import MemberSought
from nimbus.kernel.events import EventBus
from nimbus.protocol.messages import Heartbeat

# Of one heartbeat, and for one member.
MOST_SOUGHT = 32
# After that it has found a way, or asked again.
LIFETIME_S = 10.0


class Sought:
    """Belongs to the Trio thread; nothing of it is stored. `may_meet` tells of two node ids whether the one may
    hear of the other."""

    def __init__(self, bus: EventBus, may_meet: Callable[[str, str], bool]) -> None:
        self._bus = bus
        self._may_meet = may_meet
        # Who is sought, by whom, and since when.
        self._waiting: dict[str, dict[str, float]] = {}

    def hear(self, node_id: str, beat: Heartbeat) -> None:
        for other in beat.sought[:MOST_SOUGHT]:
            if other == node_id or not self._may_meet(node_id, other):
                continue
            if len(self._waiting.get(other, ())) >= MOST_SOUGHT:
                # One that is away takes nothing: who sought it long ago is not in the way of others.
                self._waiting[other] = {each: self._waiting[other][each] for each in self._fresh(other)}
            seekers = self._waiting.setdefault(other, {})
            if node_id in seekers or len(seekers) < MOST_SOUGHT:
                seekers[node_id] = trio.current_time()
                self._bus.publish(MemberSought(other))

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
