"""The agents' paths: a few fixed ones, each handled inline on the Trio thread.

A node is who its certificate says on :8444, and who signed the request on the proxy's listener; a path that names a
node must name that one. A node in the waiting room gets `waiting_paths` of it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any, Protocol

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.artifacts.downloads import Downloads
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.nat.observations import Observations
from nimbus.fleet.mesh.nat.rules import network_of
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.metrics.history import History
from nimbus.fleet.node_section.service import SECTION as NODE
from nimbus.fleet.nodes.instances import Instances, NodeRunsTwice
from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.dispatch import Dispatch
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.http.artifact_pieces import answer_of_piece, wanted_range
from nimbus.http.decoding import decode_with, whole_number
from nimbus.http.edge_paths import EdgePaths
from nimbus.http.errors import envelope, internal_error, status_of
from nimbus.http.node_budgets import NodeBudgets
from nimbus.http.polls import Polls
from nimbus.http.served_generation import ServedGeneration
from nimbus.http.waiting_paths import WaitingPaths
from nimbus.kernel.errors import Forbidden, NotFound
from nimbus.kernel.ids import new_id
from nimbus.protocol.access_logs import LogBatchTaken
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import (
    HealthCheck,
    Heartbeat,
    HeartbeatAnswer,
    MeshDelta,
    MetricBacklog,
    RenewRequest,
    TaskProgress,
    TaskResult,
)

log = logging.getLogger("nimbus.agents")
_NO_CONTENT = AgentResponse(204)
_NONE: Mapping[str, str] = {}
_heartbeat = msgspec.json.Decoder(Heartbeat)
_result = msgspec.json.Decoder(TaskResult)
_progress = msgspec.json.Decoder(TaskProgress)
_backlog = msgspec.json.Decoder(MetricBacklog)
_renew = msgspec.json.Decoder(RenewRequest)
_encoder = msgspec.json.Encoder()


class Section(Protocol):
    """A section of desired state, told whole, or as what is new `since` the revision that a node has; None when
    nothing is."""

    def revision_of(self, node_id: str) -> int: ...
    def document(self, tx: Transaction, node_id: str, since: int) -> Any: ...


# A batch of access logs of a node, as it came: what is stored of its file then.
TakeLogs = Callable[[str, bytes], Awaitable[LogBatchTaken]]
_NO_SECTIONS: Mapping[str, Section] = {}


class AgentPaths:
    """`handle` is the listener's handler."""

    def __init__(
        self,
        database: Database,
        presence: Presence,
        dispatch: Dispatch,
        delivery: Delivery,
        members: Members,
        publication: Publication,
        polls: Polls,
        enrolment: Enrolment,
        now: Callable[[], float],
        background: trio.Nursery,
        *,
        instances: Instances,
        waiting: Container[str] = frozenset(),
        unused_keys: Mapping[str, str] = _NONE,
        history: History | None = None,
        budgets: NodeBudgets | None = None,
        generation: ServedGeneration | None = None,
        downloads: Downloads | None = None,
        sections: Mapping[str, Section] = _NO_SECTIONS,
        relays_of: Callable[[str], tuple[str, ...]] = lambda _node_id: (),
        observations: Observations | None = None,
        edge: EdgePaths | None = None,
        take_logs: TakeLogs | None = None,
    ) -> None:
        """`waiting` are the nodes that are not approved, `unused_keys` maps nodes to the session key that they have
        not used yet: both are looked at anew at each request. `budgets` None: a node may ask as often as it can.
        `sections` of desired state by name, but for the mesh. `relays_of`: the overlay addresses of nodes that
        relay for a node. `observations`: where nodes are heard. `take_logs`: a node's batch of access logs."""
        self._database = database
        self._presence = presence
        self._instances = instances
        self._dispatch = dispatch
        self._delivery = delivery
        self._members = members
        self._publication = publication
        self._polls = polls
        self._enrolment = enrolment
        self._now = now
        self._background = background
        self._waiting = waiting
        self._unused_keys = unused_keys
        self._history = history
        self._budgets = budgets
        self._generation = generation
        self._downloads = downloads
        self._sections = sections
        self._relays_of = relays_of
        self._observations = observations
        self._edge = edge
        self._take_logs = take_logs
        self.waiting_paths = WaitingPaths(presence, now, self._told_while_waiting)

    def handle(self, request: AgentRequest) -> AgentResponse | None:
        path = request.path
        if not path.startswith("/v1/internal/"):
            raise NotFound("there is nothing at this path")
        parts = path[len("/v1/internal/") :].split("/")
        if self._budgets is not None:
            self._budgets.check(request.node_id, parts, trio.current_time())
        try:
            return self._handled(request, parts)
        except NodeRunsTwice as refused:
            return _runs_twice(refused)

    def _handled(self, request: AgentRequest, parts: list[str]) -> AgentResponse | None:
        if request.node_id in self._waiting:
            return self._handle_waiting(request, parts)
        match (request.method, parts):
            case ("POST", ["heartbeat"]):
                return self._heartbeat(request)
            case ("GET", ["tasks", node_id]):
                _check_own(request, node_id)
                self._instances.check(node_id, request.query.get("instance", ""))
                return self._polls.poll(request)
            case ("POST", ["tasks", task_id, "result"]):
                self._task_result(request, task_id)
                return None
            case ("POST", ["tasks", task_id, "progress"]):
                self._task_progress(request, task_id)
                return None
            case ("POST", ["metrics"]):
                self._metric_backlog(request)
                return None
            case ("POST", ["access-logs"]):
                self._access_logs(request)
                return None
            case ("GET", ["artifacts", sha256]):
                self._artifact(request, sha256)
                return None
            case ("GET", ["desired", node_id, "mesh"]):
                _check_own(request, node_id)
                return self._desired_mesh(request)
            case ("GET", ["desired", node_id, section]) if section in self._sections:
                _check_own(request, node_id)
                return self._desired(request, self._sections[section])
            case (_, ["edge", *below]) if self._edge is not None:
                self._of_edge(request, self._edge, below)
                return None
            case ("POST", ["certificate"]):
                self._renew(request)
                return None
            case ("POST", ["leave"]):
                self._leave(request)
                return None
            case ("POST", ["session-key"]):
                self._session_key(request)
                return None
        raise NotFound("there is nothing at this path")

    def _told_while_waiting(self, node_id: str) -> dict[str, int]:
        return {name: self._sections[name].revision_of(node_id) for name in (NODE,) if name in self._sections}

    def _handle_waiting(self, request: AgentRequest, parts: list[str]) -> AgentResponse | None:
        match (request.method, parts):
            case ("POST", ["heartbeat"]):
                beat = self._beat_of(request)
                return self.waiting_paths.heartbeat(request, beat, self._unused_keys.get(request.node_id))
            case ("GET", ["tasks", node_id]):
                _check_own(request, node_id)
                self._instances.check(node_id, request.query.get("instance", ""))
                return self.waiting_paths.poll(request)
            case ("GET", ["desired", node_id, section]) if section == NODE and NODE in self._sections:
                _check_own(request, node_id)
                return self._desired(request, self._sections[NODE])
            case ("POST", ["certificate"]):
                self._renew(request)
            case ("POST", ["leave"]):
                self._leave(request)
            case ("POST", ["session-key"]):
                self._session_key(request)
            case _:
                self.waiting_paths.refuse()
        return None

    def end_poll(self, node_id: str) -> None:
        """Answer the node's long poll, if it has one."""
        self._polls.wake(node_id)
        self.waiting_paths.end_poll(node_id)

    def _beat_of(self, request: AgentRequest) -> Heartbeat:
        """With what is wrong that the node itself cannot see. Raises NodeRunsTwice."""
        beat: Heartbeat = decode_with(_heartbeat, request.body)
        problem = self._instances.heartbeat(request.node_id, beat.instance, request.peer_address)
        if problem:
            beat.checks = (HealthCheck("runs once", healthy=False, message=problem), *beat.checks)
        return beat

    def _heartbeat(self, request: AgentRequest) -> AgentResponse:
        beat = self._beat_of(request)
        self._presence.heartbeat(request.node_id, beat)
        self._dispatch.confirm(request.node_id, frozenset(beat.running))
        answer = HeartbeatAnswer(revisions=self._polls.revisions(request.node_id), server_time=self._now())
        if self._generation is not None:
            answer.generation = self._generation.number
            answer.proof = self._generation.hear(beat)
        if request.node_id in self._unused_keys:
            answer.new_key = self._unused_keys[request.node_id]
        answer.relays = self._relays_of(request.node_id) or msgspec.UNSET
        answer.kept_apart = self._publication.is_kept_apart(request.node_id) or msgspec.UNSET
        if self._observations is not None:
            answer.sighting = self._observations.ask(request.node_id) or msgspec.UNSET
            kind = network_of(self._observations.of(request.node_id)).kind
            answer.network = kind if kind != "unknown" else msgspec.UNSET
        return AgentResponse(200, _encoder.encode(answer))

    def _task_result(self, request: AgentRequest, task_id: str) -> None:
        result: TaskResult = decode_with(_result, request.body)
        node_id = request.node_id
        self._write(request, lambda tx: self._delivery.result(tx, node_id, task_id, result))

    def _task_progress(self, request: AgentRequest, task_id: str) -> None:
        progress: TaskProgress = decode_with(_progress, request.body)
        node_id = request.node_id
        self._write(request, lambda tx: self._delivery.progress(tx, node_id, task_id, progress))

    def _metric_backlog(self, request: AgentRequest) -> None:
        if self._history is None:
            raise NotFound("there is nothing at this path")
        history, backlog = self._history, decode_with(_backlog, request.body)
        self._spawn(request, lambda: history.take_backlog(request.node_id, backlog), empty=True)

    def _access_logs(self, request: AgentRequest) -> None:
        if self._take_logs is None:
            raise NotFound("there is nothing at this path")
        take, body = self._take_logs, request.body
        self._spawn(request, lambda: take(request.node_id, body))

    def _desired_mesh(self, request: AgentRequest) -> AgentResponse | None:
        node_id, since = request.node_id, whole_number(request.query, "revision", 0)
        if since == self._publication.revision_of(node_id) and since:
            return AgentResponse(304)
        inline = self._publication.inline(node_id, since)
        if inline is not None:
            return AgentResponse(200, bytes(inline))
        self._spawn(request, lambda: self._database.read(lambda tx: self._news_after(tx, node_id, since)))
        return None

    def _desired(self, request: AgentRequest, section: Section) -> AgentResponse | None:
        node_id, since = request.node_id, whole_number(request.query, "revision", 0)
        if since == section.revision_of(node_id):
            return AgentResponse(304)
        self._spawn(request, lambda: self._database.read(lambda tx: section.document(tx, node_id, since)))
        return None

    def _of_edge(self, request: AgentRequest, edge: EdgePaths, parts: list[str]) -> None:
        job = edge.job(request, parts)
        if job.writes:
            self._write(request, job.work)
        else:
            self._spawn(request, lambda: self._database.read(job.work))

    def _news_after(self, tx: Transaction, node_id: str, since: int) -> MeshDelta | None:
        """None when there is nothing new: the node is ahead of what is published, but not of what is stored; or it
        is no member."""
        delta = self._members.delta(tx, node_id, since)
        return None if delta is None or (since and delta.since == delta.revision) else delta

    def _artifact(self, request: AgentRequest, sha256: str) -> None:
        if self._downloads is None:
            raise NotFound("there is nothing at this path")
        downloads, wanted = self._downloads, wanted_range(request.header("range"))
        node_id = request.node_id
        self._spawn(request, lambda: downloads.read(node_id, sha256, *wanted), answer=answer_of_piece)

    def _renew(self, request: AgentRequest) -> None:
        message: RenewRequest = decode_with(_renew, request.body)
        self._spawn(
            request, lambda: self._enrolment.certification.renew(request.node_id, request.serial, message)
        )

    def _session_key(self, request: AgentRequest) -> None:
        self._spawn(request, lambda: self._enrolment.session_key(request.node_id))

    def _leave(self, request: AgentRequest) -> None:
        node_id, source = request.node_id, request.peer_address
        self._instances.check_once(node_id)
        self._spawn(request, lambda: self._enrolment.revocation.leave(node_id, source), empty=True)

    def _write(self, request: AgentRequest, work: Callable[[Transaction], None]) -> None:
        """One durable write, answered from its commit: no task."""

        def done(_value: Any, error: BaseException | None) -> None:
            request.reply(_NO_CONTENT if error is None else failure(error))

        self._database.submit(work, done)

    def _spawn(
        self,
        request: AgentRequest,
        work: Callable[[], Any],
        *,
        empty: bool = False,
        answer: Callable[[Any], AgentResponse] | None = None,
    ) -> None:
        """The rare requests that need more than a write have a task."""

        async def run() -> None:
            try:
                value = await work()
            except Exception as error:  # noqa: BLE001  (every error is an answer)
                request.reply(failure(error))
            else:
                request.reply(answer(value) if answer else _answer(value, empty=empty))

        self._background.start_soon(run)


def _answer(value: Any, *, empty: bool) -> AgentResponse:
    if empty:
        return _NO_CONTENT
    return AgentResponse(304) if value is None else AgentResponse(200, _encoder.encode(value))


def _runs_twice(refused: NodeRunsTwice) -> AgentResponse:
    error = {
        "code": refused.code,
        "message": refused.message,
        "details": [],
        "next_step": refused.next_step,
        "retry_after_s": refused.retry_after_s,
    }
    return AgentResponse(status_of(refused), _encoder.encode({"error": error}))


def _check_own(request: AgentRequest, node_id: str) -> None:
    if node_id != request.node_id:
        raise Forbidden("a node may ask for its own tasks and desired state only")


def failure(error: BaseException) -> AgentResponse:
    """The answer to an error, known or not."""
    request_id = new_id()
    if not isinstance(error, NimbusError):
        log.error("agent request failed", exc_info=error, extra={"request_id": request_id})
        error = internal_error(request_id)
    return AgentResponse(status_of(error), envelope(error, request_id))
