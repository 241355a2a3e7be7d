"""The operators' listener: Quart on hypercorn's Trio server, on sockets and a TLS context of our own."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import trio
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.utils import wrap_app
from quart_trio import QuartTrio

from nimbus.http.connection_cap import ConnectionCap, Slot
from nimbus.http.operator_connection import Connection
from nimbus.http.request_heads import MAX_HEAD_BYTES, BoundedHeads
from nimbus.http.whole_requests import WholeRequests
from nimbus.protocol.errors import NimbusError, UsageError

BACKLOG = 1024
log = logging.getLogger("nimbus.api")
UNREAD_MS = 20_000


class AddressInUse(NimbusError):
    code = "ADDRESS_IN_USE"


class _Config(Config):  # type: ignore[misc]
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self._context = context
        self.errorlog = None
        self.accesslog = None
        self.backlog = BACKLOG
        # Also what a request's head may take to come.
        self.keep_alive_timeout = 30
        self.keep_alive_max_requests = 1_000_000
        self.ssl_handshake_timeout = 10
        self.graceful_timeout = 2
        self.h11_max_incomplete_size = MAX_HEAD_BYTES
        self.include_server_header = False
        self.websocket_max_message_size = 4096
        self.alpn_protocols = ["h2", "http/1.1"]

    def create_ssl_context(self) -> ssl.SSLContext:
        return self._context

    @property
    def ssl_enabled(self) -> bool:
        return True


def api_context(certificate_file: Path, key_file: Path) -> ssl.SSLContext:
    """TLS 1.3 preferred, 1.2 the floor; no client certificate. Raises UsageError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        context.load_cert_chain(certificate_file, key_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"the certificate {certificate_file} and key {key_file} cannot be used: {error}",
            next_step="Both must be PEM files that belong together (tls_cert, tls_key).",
        ) from None
    return context


def replace_certificate(context: ssl.SSLContext, certificate_file: Path, key_file: Path) -> None:
    """Give a context that is in use another certificate, for new connections. Raises UsageError, and has changed
    nothing then: a pair that does not fit is tried on another context first."""
    api_context(certificate_file, key_file)
    context.load_cert_chain(certificate_file, key_file)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises AddressInUse with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # hypercorn shields what it sends from cancellation: a peer that does not read is let go by the kernel.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
        if family == socket.AF_INET6 and host == "::":
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind((host, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise AddressInUse(
            f"cannot listen on {host}:{port}: {error.strerror}",
            next_step="Stop what uses it, or choose another with --listen or --agent-port.",
        ) from None
    return listening


class _Admitted(trio.abc.AsyncResource):
    """A connection with its slot; cancelling `scope` ends it."""

    def __init__(
        self, stream: trio.SSLStream[trio.SocketStream], slot: Slot, scope: trio.CancelScope
    ) -> None:
        self.stream, self.slot, self.scope = stream, slot, scope

    async def aclose(self) -> None:
        await self.stream.aclose()


class _Listener(trio.abc.Listener[_Admitted]):
    """Gives a connection its slot before anything of TLS is done for it; one that gets none is closed unheard."""

    def __init__(self, listening: socket.socket, context: ssl.SSLContext, cap: ConnectionCap) -> None:
        self._listener = trio.SocketListener(trio.socket.from_stdlib_socket(listening))
        self._context, self._cap = context, cap

    async def accept(self) -> _Admitted:
        while True:
            transport = await self._listener.accept()
            scope = trio.CancelScope()
            try:
                slot = self._cap.enter(transport.socket.getpeername()[0], scope.cancel)
            except OSError:
                # It has gone already.
                slot = None
            if slot is not None:
                stream = trio.SSLStream(transport, self._context, server_side=True, https_compatible=True)
                return _Admitted(stream, slot, scope)
            transport.socket.close()

    async def aclose(self) -> None:
        await self._listener.aclose()


async def serve(
    application: QuartTrio,
    sockets: list[socket.socket],
    context: ssl.SSLContext,
    stop: Callable[[], Awaitable[None]],
    cap: ConnectionCap | None = None,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop` returns; requests that are under way get two more seconds.

    The steps are those of hypercorn's own `worker_serve`, which has no place for a cap in front of TLS.
    """
    config, worker, state = _Config(context), WorkerContext(None), {}  # type: ignore[var-annotated]
    app = wrap_app(BoundedHeads(WholeRequests(application)), config.wsgi_max_body_size, "asgi")
    lifespan = Lifespan(app, config, state)
    cap = cap or ConnectionCap()

    async def serve_admitted(admitted: _Admitted) -> None:
        connection = Connection(app, config, worker, state.copy(), admitted.stream, admitted.slot)
        try:
            with admitted.scope:
                await connection.run()
        except Exception:
            # What is wrong with one connection is the end of that one, never of the control plane.
            log.exception("a connection failed")
        finally:
            admitted.slot.leave()

    async with trio.open_nursery() as around:
        await around.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        async with trio.open_nursery() as connections:
            try:
                async with trio.open_nursery() as accepting:
                    listeners = [_Listener(listening, context, cap) for listening in sockets]
                    accepting.start_soon(
                        partial(trio.serve_listeners, serve_admitted, listeners, handler_nursery=connections)
                    )
                    task_status.started()
                    await stop()
                    accepting.cancel_scope.cancel()
            finally:
                await worker.terminated.set()
                connections.cancel_scope.deadline = trio.current_time() + config.graceful_timeout
        await lifespan.wait_for_shutdown()
        around.cancel_scope.cancel()
