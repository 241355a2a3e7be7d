"""The agents' paths for nodes behind a proxy that ends TLS: every request says who it is from by its signature."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from nimbus.db import Database
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.records import KeyRole, SessionKeysChanged
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Handler
from nimbus.http.join_path import JOIN
from nimbus.http.session_keys import NonceRefused, SessionKeyIndex
from nimbus.http.source import Network, is_within, source_of
from nimbus.kernel.events import EventBus

log = logging.getLogger("nimbus.agents")
_HEARTBEAT = "/v1/internal/heartbeat"


class SessionGate:
    """`handle` is the handler of the proxy's listener, `inner` that of the agents' paths. `end_poll` ends a node's
    long poll: on a connection of its own the next request does that, here each has another connection. `join`
    answers a machine that has no key yet."""

    def __init__(
        self,
        index: SessionKeyIndex,
        keys: SessionKeys,
        database: Database,
        inner: Handler,
        *,
        end_poll: Callable[[str], None],
        proxies: Sequence[Network] = (),
        sources: AgentSources,
        join: Handler,
    ) -> None:
        self._index = index
        self._keys = keys
        self._database = database
        self._inner = inner
        self._end_poll = end_poll
        self._proxies = tuple(proxies)
        self._sources = sources
        self._join = join
        self._promoting: set[str] = set()

    def subscribe(self, bus: EventBus) -> None:
        """After the index: a node whose keys have changed asks again."""
        bus.subscribe(SessionKeysChanged, lambda event: self._end_poll(event.node_id))

    def handle(self, request: AgentRequest) -> AgentResponse | None:
        request.peer_address = self._source(request)
        self._sources.check(request.peer_address)
        if request.path == JOIN and request.method == "POST":
            return self._join(request)
        try:
            key = self._index.recognise(request)
        except NonceRefused as refused:
            return refused.response()
        if key.role is KeyRole.SECONDARY:
            self._promote(key.node_id, key.key_id)
        request.node_id, request.serial = key.node_id, key.key_id
        if request.path == _HEARTBEAT:
            self._end_poll(key.node_id)
        return self._inner(request)

    def _source(self, request: AgentRequest) -> str:
        """Believed of trusted proxies only; X-Real-IP where they say nothing else."""
        peer = request.peer_address
        if not self._proxies:
            return peer
        forwarded = request.header("x-forwarded-for") or request.header("x-real-ip") or ""
        return source_of(peer, forwarded, self._proxies)

    def is_proxy(self, address: str) -> bool:
        """Whether many nodes may come from this address."""
        return is_within(address, self._proxies)

    def _promote(self, node_id: str, key_id: str) -> None:
        """Both keys are good until this is committed."""
        if key_id in self._promoting:
            return
        self._promoting.add(key_id)

        def done(_value: object, error: BaseException | None) -> None:
            self._promoting.discard(key_id)
            if error is not None:
                # Used again, it is tried again.
                log.error("the new session key %s could not be made the first: %s", key_id, error)

        self._database.submit(lambda tx: self._keys.promote(tx, node_id, key_id), done)
