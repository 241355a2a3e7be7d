"""Long polls: parked without a task, woken by what concerns their node, released in waves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import trio

from nimbus.db import Database
from nimbus.edge.sections.records import ChallengesChanged, EdgeSectionChanged
from nimbus.fleet.firewall.records import FirewallChanged
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.mesh.records import MemberSought, MeshPublished
from nimbus.fleet.mesh.sought import Sought
from nimbus.fleet.nodes.records import NodeWireGuardChanged
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.dispatch import Dispatch
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import WorkWaiting
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.http.decoding import whole_number
from nimbus.http.errors import envelope, status_of
from nimbus.kernel.events import EventBus
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import LeasedTask

MAX_WAIT_S = 55
MAX_CAPACITY = 64
# How many polls one turn of the loop answers when all are woken at once: the rest of the program goes on between.
WAVE = 200
_NO_SECTIONS: Mapping[str, Callable[[str], int]] = {}
_encoder = msgspec.json.Encoder()


class _Poll:
    """A request that waits, with what its node said of itself."""

    __slots__ = ("applied", "held", "request", "revision", "room")

    def __init__(
        self, request: AgentRequest, held: frozenset[str], room: Room, revision: int, applied: dict[str, int]
    ) -> None:
        """`revision` is of the mesh, `applied` of the sections that travel whole; -1: not said."""
        self.request = request
        self.held = held
        self.room = room
        self.revision = revision
        self.applied = applied


class Polls:
    """Belongs to the Trio thread. A node has one poll; a second one takes its place."""

    def __init__(
        self,
        database: Database,
        dispatch: Dispatch,
        delivery: Delivery,
        publication: Publication,
        generation: int = 0,
        sections: Mapping[str, Callable[[str], int]] = _NO_SECTIONS,
        sought: Sought | None = None,
    ) -> None:
        """`sections` are those that travel whole: by name, the revision of a node; 0: it has none."""
        self._sections = sections
        self._sought = sought
        self._database = database
        self._dispatch = dispatch
        self._delivery = delivery
        self._publication = publication
        self._generation = generation
        self._parked: dict[str, _Poll] = {}
        self._waves: deque[str] = deque()
        self._wave_waiting = trio.Event()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(WorkWaiting, lambda event: self.wake(event.node_id))
        bus.subscribe(FirewallChanged, lambda event: self.wake(event.node_id))
        bus.subscribe(EdgeSectionChanged, lambda event: self.wake(event.node_id))
        bus.subscribe(ChallengesChanged, lambda event: self.wake(event.node_id))
        bus.subscribe(NodeWireGuardChanged, lambda event: self.wake(event.node_id))
        bus.subscribe(MemberSought, lambda event: self.wake(event.node_id))
        bus.subscribe(MeshPublished, self._on_published)

    def __len__(self) -> int:
        return len(self._parked)

    def poll(self, request: AgentRequest) -> AgentResponse | None:
        """`wait` seconds at most; `held` are the tasks that the node has, `capacity` how many more it takes,
        `quick` how many quick ones beside those, `mesh`, `firewall`, `node` and so on its applied revisions of
        those sections."""
        query = request.query
        poll = _Poll(
            request,
            frozenset(filter(None, query.get("held", "").split(","))),
            Room(
                min(MAX_CAPACITY, whole_number(query, "capacity", 8)),
                min(MAX_CAPACITY, whole_number(query, "quick", 0)),
            ),
            whole_number(query, "mesh", -1),
            {section: whole_number(query, section, -1) for section in self._sections},
        )
        self._dispatch.confirm(request.node_id, poll.held)
        return self._answer_or_park(poll, min(MAX_WAIT_S, whole_number(query, "wait", 25)))

    def _answer_or_park(self, poll: _Poll, wait: int) -> AgentResponse | None:
        node_id = poll.request.node_id
        if self._dispatch.has_work(node_id, poll.held, poll.room):
            self._lease(poll, wait)
            return None
        if wait == 0 or self._is_behind(poll) or (self._sought and self._sought.waits_for(node_id)):
            return self._answer(poll, (), ())
        self._park(poll, wait)
        return None

    def _is_behind(self, poll: _Poll) -> bool:
        node_id = poll.request.node_id
        return self._mesh_is_behind(poll) or any(
            poll.applied[section] >= 0 and poll.applied[section] != told(node_id)
            for section, told in self._sections.items()
        )

    def _mesh_is_behind(self, poll: _Poll) -> bool:
        """A node may have fetched more than is published yet; one that has more than the store (it was restored
        from a backup) hears of it by its heartbeats."""
        return 0 <= poll.revision < self._publication.revision_of(poll.request.node_id)

    def _park(self, poll: _Poll, wait: float) -> None:
        node_id = poll.request.node_id
        self._parked[node_id] = poll

        def gone() -> None:
            if self._parked.get(node_id) is poll:
                del self._parked[node_id]

        def end() -> AgentResponse:
            gone()
            return self._answer(poll, (), ())

        poll.request.park(trio.current_time() + wait, end, gone)

    def _lease(self, poll: _Poll, wait: int) -> None:
        node_id, held, room = poll.request.node_id, poll.held, poll.room
        due, overdue = self._dispatch.due(node_id), self._dispatch.overdue(node_id)

        def done(value: tuple[list[LeasedTask], list[str]] | None, error: BaseException | None) -> None:
            if error is not None or value is None:
                known = (
                    error
                    if isinstance(error, NimbusError)
                    else NimbusError("no tasks now", code="UNAVAILABLE")
                )
                poll.request.reply(AgentResponse(status_of(known), envelope(known)))
                return
            leased, cancel = value
            self._dispatch.leased(node_id, held, due, value, room)
            if leased or cancel or wait == 0 or self._is_behind(poll):
                poll.request.reply(self._answer(poll, leased, cancel))
            elif not poll.request.closed:
                # Something may have fallen due meanwhile.
                if self._dispatch.has_work(node_id, held, room):
                    self._lease(poll, wait)
                else:
                    self._park(poll, wait)

        self._database.submit(lambda tx: self._delivery.lease(tx, node_id, held, room, overdue), done)

    def _answer(self, poll: _Poll, leased: Any, cancel: Any) -> AgentResponse:
        body: dict[str, Any] = {
            "protocol": 1,
            "generation": self._generation,
            "revisions": self.revisions(poll.request.node_id),
            "tasks": leased,
            "cancel": cancel,
        }
        if self._mesh_is_behind(poll):
            inline = self._publication.inline(poll.request.node_id, poll.revision)
            if inline is not None:
                body["mesh"] = inline
        if self._sought and (seekers := self._sought.take(poll.request.node_id)):
            body["sought_by"] = seekers
        return AgentResponse(200, _encoder.encode(body))

    def revisions(self, node_id: str) -> dict[str, int]:
        """Of every section of this node's desired state that it has."""
        told = {section: revision_of(node_id) for section, revision_of in self._sections.items()}
        return {
            "mesh": self._publication.revision_of(node_id),
            **{name: number for name, number in told.items() if number},
        }

    def wake(self, node_id: str) -> None:
        """There is something for this node."""
        poll = self._parked.pop(node_id, None)
        if poll is not None:
            if self._dispatch.has_work(node_id, poll.held, poll.room):
                self._lease(poll, 0)
            else:
                poll.request.reply(self._answer(poll, (), ()))

    def _on_published(self, event: MeshPublished) -> None:
        """The mesh changed there: every parked node of these scopes is told, in waves."""
        for node_id in self._publication.places.nodes_in(event.scopes):
            poll = self._parked.get(node_id)
            if poll is not None and self._mesh_is_behind(poll):
                self._waves.append(node_id)
        self._wave_waiting.set()

    async def run(self) -> None:
        """Release waves until cancelled."""
        while True:
            await self._wave_waiting.wait()
            self._wave_waiting = trio.Event()
            while self._waves:
                for _ in range(min(WAVE, len(self._waves))):
                    self.wake(self._waves.popleft())
                await trio.lowlevel.checkpoint()
