"""How nodes show who they are, joined: certificates, session keys, the waiting room, the allow-list."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack
from pathlib import Path

import trio

from nimbus.db import Database
from nimbus.fleet.enrolment.records import Terms
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.enrolment.source_watch import SourceWatch
from nimbus.fleet.enrolment.sources import AgentSources, not_allowed
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.nodes.session_keys import SessionKeys
from nimbus.fleet.nodes.waiting import WaitingRoom
from nimbus.http import operator_listener
from nimbus.http.agent_paths import AgentPaths, failure
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.listener import AgentListener
from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.tls import ContextSource
from nimbus.http.errors import status_of
from nimbus.http.join_path import JoinPath
from nimbus.http.mtls import CertificateIndex
from nimbus.http.rate_limits import RateLimit
from nimbus.http.session_gate import SessionGate
from nimbus.http.session_keys import SessionKeyIndex, SessionKeyRefused
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import EventBus
from nimbus.kernel.sealing import Sealer
from nimbus.records.audit.service import AuditLog
from nimbus.settings import configuration
from nimbus.settings.addresses import advertised_host, url
from nimbus.settings.configuration import ControlPlaneConfig

_REVOKED = failure(SessionKeyRefused("the session key of this node is not accepted any more"))
# nginx alone holds a connection for each request under way: one for each node's long poll.
_PROXY_LIMITS = Limits(cached_heads=0)


class NodeAuthentication:
    """`session_keys` is None while there is no listener for nodes that sign (`proxy_listen`)."""

    def __init__(
        self,
        config: ControlPlaneConfig,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        nodes: Nodes,
        members: Members,
        *,
        has_mesh: bool,
    ) -> None:
        self._config, self._database, self._clock = config, database, clock
        self._has_mesh = has_mesh
        self._proxies = configuration.networks(config.trusted_proxies, "trusted_proxies")
        self.sources = AgentSources(configuration.networks(config.agent_sources, "agent_sources"))
        self.waiting = WaitingRoom()
        self.terms = Terms(approve=config.enrolment == "approve", proxy_url=proxy_url(config))
        keys = SessionKeys(database, clock, audit, sealer, nodes)
        self.session_keys = keys if config.proxy_listen else None
        self._keys = keys
        self.index = SessionKeyIndex(keys, self._now)
        self._watch = SourceWatch(database, members, self.sources)
        self._bus: EventBus | None = None
        self._contexts: ContextSource | None = None

    def _now(self) -> float:
        return to_seconds(self._clock.now())

    def subscribe(self, bus: EventBus) -> None:
        self._bus = bus
        self.waiting.subscribe(bus)
        self.index.subscribe(bus)

    async def load(self) -> None:
        await self.waiting.load(self._database)
        await self.index.load(self._database)

    def attend(self, paths: AgentPaths) -> None:
        """From now on parked polls of nodes that wait end with their approval."""
        assert self._bus is not None
        paths.waiting_paths.subscribe(self._bus)

    def agent_listener(
        self, paths: AgentPaths, certificates: CertificateIndex, background: trio.Nursery
    ) -> AgentListener:
        """Of :8444. Without a mesh its peers' addresses are where they come from; through a mesh they are overlay
        addresses, and the watch knows where the packets of each node come from."""
        listener = AgentListener(
            handler=paths.handle,
            identify=certificates.identify,
            status_of=status_of,
            admits=self._admits,
            not_admitted=self._not_admitted,
        )
        certificates.on_revoked = listener.disconnect
        if self._has_mesh and self.sources:
            self._watch.on_left = lambda node_id: listener.disconnect(
                node_id, self._not_admitted(node_id, "")
            )
            background.start_soon(self._watch.run)
        return listener

    def _admits(self, node_id: str, address: str) -> bool:
        if not self.sources:
            return True
        return self._watch.admits(node_id) if self._has_mesh else self.sources.allows(address)

    def _not_admitted(self, node_id: str, address: str) -> AgentResponse:
        return failure(not_allowed(self._watch.outside.get(node_id, address)))

    def proxy_socket(self, stack: AsyncExitStack) -> list[socket.socket]:
        if not self._config.proxy_listen:
            return []
        host, port = configuration.split_address(self._config.proxy_listen, "proxy_listen")
        return [stack.enter_context(operator_listener.listen(host or "0.0.0.0", port))]  # noqa: S104

    async def serve_proxy(
        self,
        nursery: trio.Nursery,
        sockets: list[socket.socket],
        paths: AgentPaths,
        enrolment: Enrolment,
        certificate: Path,
        key: Path,
    ) -> None:
        """Start the listener of `proxy_listen`, if there is one."""
        if not sockets:
            return
        join = JoinPath(enrolment, nursery, _joins(self._config))
        gate = SessionGate(
            self.index,
            self._keys,
            self._database,
            paths.handle,
            end_poll=paths.end_poll,
            proxies=self._proxies,
            sources=self.sources,
            join=join.handle,
        )
        listener = AgentListener(
            handler=gate.handle,
            identify=None,
            limits=_PROXY_LIMITS,
            status_of=status_of,
            refusal=_REVOKED,
            shared=gate.is_proxy,
        )
        self.index.on_revoked = listener.disconnect
        if self._config.proxy_listen_tls == "on":
            self._contexts = ContextSource(certificate, key, None)
        await nursery.start(listener.serve, sockets, self._contexts)

    def reload_certificate(self) -> None:
        """After the files were replaced. Raises TlsConfigurationError."""
        if self._contexts is not None:
            self._contexts.reload()


def _joins(config: ControlPlaneConfig) -> RateLimit:
    """As for requests to the API that nobody vouches for."""
    return RateLimit(config.rate_limit_per_address / 10, config.rate_limit_per_address)


def proxy_url(config: ControlPlaneConfig) -> str:
    """Where agents that sign reach the control plane: as set, or `proxy_listen` itself when that speaks TLS."""
    if config.proxy_url or not config.proxy_listen:
        return config.proxy_url.rstrip("/")
    return url(advertised_host(config), configuration.split_address(config.proxy_listen, "proxy_listen")[1])
