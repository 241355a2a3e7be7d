"""What a node in the waiting room gets: an answer to its heartbeats, and polls that end when it is approved."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import trio

from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.nodes.records import NodeApproved
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.http.decoding import whole_number
from nimbus.http.polls import MAX_WAIT_S
from nimbus.kernel.errors import Forbidden
from nimbus.kernel.events import EventBus
from nimbus.protocol.messages import Heartbeat, HeartbeatAnswer, PollAnswer

_encoder = msgspec.json.Encoder()
_ANSWER = AgentResponse(200, _encoder.encode(PollAnswer(revisions={}, waiting=True)))


class NodeWaiting(Forbidden):
    code = "NODE_WAITING"


class WaitingPaths:
    """Belongs to the Trio thread. A node has one poll; a second one takes its place."""

    def __init__(
        self,
        presence: Presence,
        now: Callable[[], float],
        revisions: Callable[[str], dict[str, int]] = lambda _node_id: {},
    ) -> None:
        """`revisions` of what a node is told while it waits: where the control plane is may change meanwhile."""
        self._presence = presence
        self._revisions = revisions
        self._now = now
        self._parked: dict[str, AgentRequest] = {}

    def subscribe(self, bus: EventBus) -> None:
        """After the waiting room itself: who is answered here asks again at once."""
        bus.subscribe(NodeApproved, self._on_approved)

    def heartbeat(self, request: AgentRequest, beat: Heartbeat, new_key: str | None) -> AgentResponse:
        self._presence.heartbeat(request.node_id, beat)
        self.end_poll(request.node_id)
        answer = HeartbeatAnswer(
            revisions=self._revisions(request.node_id),
            server_time=self._now(),
            waiting=True,
            new_key=new_key or msgspec.UNSET,
        )
        return AgentResponse(200, _encoder.encode(answer))

    def poll(self, request: AgentRequest) -> AgentResponse | None:
        wait = min(MAX_WAIT_S, whole_number(request.query, "wait", 25))
        if not wait:
            return _ANSWER
        node_id = request.node_id
        self._parked[node_id] = request

        def gone() -> None:
            if self._parked.get(node_id) is request:
                del self._parked[node_id]

        def end() -> AgentResponse:
            gone()
            return _ANSWER

        request.park(trio.current_time() + wait, end, gone)
        return None

    def refuse(self) -> None:
        raise NodeWaiting(
            "this node waits for approval", next_step="An operator lets it in with: nimbus node approve"
        )

    def end_poll(self, node_id: str) -> None:
        request = self._parked.pop(node_id, None)
        if request is not None:
            request.reply(_ANSWER)

    def _on_approved(self, event: NodeApproved) -> None:
        self.end_poll(event.node_id)
