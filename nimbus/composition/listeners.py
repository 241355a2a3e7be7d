"""The listeners: sockets, TLS contexts, renewal of certificates. Part of the composition root."""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import trio
from quart_trio import QuartTrio

from nimbus.composition.node_authentication import NodeAuthentication
from nimbus.fleet.certificate_authority.records import AuthorityChanged
from nimbus.http import operator_listener
from nimbus.http.agents.tls import ContextSource
from nimbus.http.connection_cap import CapCounters, ConnectionCap
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.settings import configuration
from nimbus.settings.addresses import certificate_hosts, is_wildcard, listen_address
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.trust.pki.authority import Authority

# Often, because a clock that is set may make the present one invalid: it was made with the clock of then.
CERTIFICATE_CHECK_INTERVAL_S = 60.0
log = logging.getLogger("nimbus.listeners")


class Listeners:
    """Of the API (:8443), of the agents (:8444), and of nodes behind a proxy (`proxy_listen`).

    `overlay_address` is the control plane's own; None without a mesh.
    """

    def __init__(
        self,
        config: ControlPlaneConfig,
        authority: Authority,
        clock: Clock,
        node_authentication: NodeAuthentication,
        overlay_address: str | None,
    ) -> None:
        self._config, self._authority, self._clock = config, authority, clock
        self._node_authentication = node_authentication
        self._overlay_address = overlay_address
        self._authority_changed = Wakeup()
        self._api: list[socket.socket] = []
        self._agents: list[socket.socket] = []
        self._proxy: list[socket.socket] = []
        self._cap = self._connection_cap()

    @property
    def connections(self) -> CapCounters:
        """Of the API."""
        return self._cap.counters

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(AuthorityChanged, self._authority_changed.signal)

    def open(self, stack: AsyncExitStack) -> None:
        """Bind them all before any serves: an address in use is said at once."""
        self._api = [stack.enter_context(s) for s in self._api_sockets()]
        self._agents = [stack.enter_context(self._agent_socket())]
        self._proxy = self._node_authentication.proxy_socket(stack)

    async def serve(self, nursery: trio.Nursery, application: QuartTrio, stop: trio.Event) -> None:
        """Returns when all of them serve."""
        certificate, key = self._server_files()
        paths = self._node_authentication.paths(nursery)
        listener = self._node_authentication.agent_listener(paths)
        agent_contexts = ContextSource(certificate, key, self._authority.ca_file)
        api_context = operator_listener.api_context(*self._api_files(certificate, key))
        nursery.start_soon(self._keep_certificates, agent_contexts, api_context)
        await nursery.start(listener.serve, self._agents, agent_contexts)
        await self._node_authentication.serve_proxy(
            nursery, self._proxy, paths, *self._api_files(certificate, key)
        )
        await nursery.start(
            operator_listener.serve, application, self._api, api_context, stop.wait, self._cap
        )

    def _connection_cap(self) -> ConnectionCap:
        config = self._config
        return ConnectionCap(
            config.max_connections,
            config.max_connections_per_address,
            configuration.networks(config.trusted_proxies, "trusted_proxies"),
            trio.current_time,
        )

    def _server_files(self) -> tuple[Path, Path]:
        hosts = certificate_hosts(self._config, self._overlay_address)
        return self._authority.server_files(hosts, self._clock.now())

    async def _keep_certificates(self, agents: ContextSource, api: ssl.SSLContext) -> None:
        """Renew the listeners' certificate before its last third, without a restart: new connections get it."""
        attempts = Attempts(
            log, "the listeners' certificate could not be renewed", "trying again in a minute"
        )
        while True:
            await self._authority_changed.wait(CERTIFICATE_CHECK_INTERVAL_S)
            with attempts:
                certificate, key = await trio.to_thread.run_sync(self._server_files)
                agents.reload()
                operator_listener.replace_certificate(api, *self._api_files(certificate, key))
                self._node_authentication.reload_certificate()

    def _api_sockets(self) -> list[socket.socket]:
        host, port = listen_address(self._config)
        sockets = [operator_listener.listen(host, port)]
        overlay = self._overlay_address
        if overlay and not is_wildcard(host) and host != overlay:
            try:
                sockets.append(operator_listener.listen(overlay, port))
            except BaseException:
                sockets[0].close()
                raise
        return sockets

    def _agent_socket(self) -> socket.socket:
        host = self._overlay_address or listen_address(self._config)[0]
        return operator_listener.listen(host, self._config.agent_port)

    def _api_files(self, certificate: Path, key: Path) -> tuple[Path, Path]:
        """The operator's own pair where one is configured; it may be replaced in place, by an ACME client say."""
        if self._config.tls_cert:
            return Path(self._config.tls_cert), Path(self._config.tls_key)
        return certificate, key
