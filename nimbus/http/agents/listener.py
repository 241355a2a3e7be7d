"""The listener of the agents: an epoll of its own inside Trio's, a sweeper, shutdown."""

from __future__ import annotations

import errno
import logging
import select
import socket
import ssl
import time
from collections.abc import Callable

import trio

from nimbus.http.agents.admission import Admission, Counters, Verdict
from nimbus.http.agents.connection import Connection
from nimbus.http.agents.conversation import Conversation, Shared
from nimbus.http.agents.dispatch import Dispatcher, StatusOf, default_status_of
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentResponse, Handler, Peer
from nimbus.http.agents.plain import PlainSocket
from nimbus.http.agents.responses import CERTIFICATE_REVOKED, ResponseEncoder, error_response
from nimbus.http.agents.tls import PeerCertificate, peer_certificate

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
GRACE_SECONDS = 1.0
_BATCH = 64
_ACCEPTS_PER_TURN = 16
_EXPIRIES_PER_TURN = 100
_CHECKS_PER_TURN = 2000
_LOGGED_PER_SWEEP = 20
_BACKLOG = 4096
_KEEPALIVE_IDLE_SECONDS = 60
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_BUSY = error_response(503, "OVER_CAPACITY", "There are too many connections; try again later")

Identify = Callable[[PeerCertificate, str], str | AgentResponse]


def _admit_all(_node_id: str, _address: str) -> bool:
    return True


def _refused(_node_id: str, _address: str) -> AgentResponse:
    return CERTIFICATE_REVOKED


def _not_shared(_address: str) -> bool:
    return False


class AgentListener:
    """Serves agents on one Trio thread, over mutually authenticated TLS unless `identify` is None.

    `handler` gets every request inline. `identify` maps a verified certificate, and the address that it comes
    from, to a node id, or to the answer of the first request on that connection, which ends with it. Without
    `identify` there are no certificates: the handler finds out whose request it is, and sets its `node_id`;
    `refusal` is what the requests of a node get that is disconnected. `admits` decides by node id and address;
    who is not admitted is answered `not_admitted`. Of an address that is `shared` come many nodes. `status_of`
    maps a `NimbusError` of the handler to an HTTP status. `wall_clock` is Unix time in seconds (for the Date
    header and for certificates that expire on open connections).
    """

    def __init__(
        self,
        *,
        handler: Handler,
        identify: Identify | None,
        limits: Limits | None = None,
        status_of: StatusOf = default_status_of,
        wall_clock: Callable[[], float] = time.time,
        refusal: AgentResponse = CERTIFICATE_REVOKED,
        admits: Callable[[str, str], bool] = _admit_all,
        not_admitted: Callable[[str, str], AgentResponse] = _refused,
        shared: Callable[[str], bool] = _not_shared,
    ) -> None:
        self._limits = limits or Limits()
        self._identify = identify
        self._refusal = refusal
        self._admits, self._not_admitted, self._is_shared = admits, not_admitted, shared
        self._wall_clock = wall_clock
        self.shared = Shared(
            self._limits, Dispatcher(handler, status_of), ResponseEncoder(wall_clock()), _no_clock
        )
        self.epoll: select.epoll  # while serving
        self._context: Callable[[], ssl.SSLContext] | None = None
        self._admission = Admission(self._limits)
        self._listening: dict[int, socket.socket] = {}
        self._accepting = False
        self._connections: dict[int, Connection] = {}
        self._nodes: dict[str, set[Connection]] = {}
        self._accepted = self._cut = self._busy = self._revoked = self._accept_failures = 0
        self._handshakes_ok = 0
        self._handshakes_failed: dict[str, int] = {}
        self._log_budget = _LOGGED_PER_SWEEP
        self._conversations = 0
        self._quiet = trio.Event()
        """Set when no conversation is left: what a shutdown waits for."""

    async def serve(
        self,
        sockets: list[socket.socket],
        context: ssl.SSLContext | Callable[[], ssl.SSLContext] | None,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Accept on bound TCP sockets until cancelled; they are closed at the end.

        `context` (see `tls.server_context`) may be a callable, asked for every connection, so that a
        certificate can be replaced while serving; `None` is plain TCP. On cancellation parked requests are
        answered, handlers that owe an answer have one second for it, and connections end with close_notify.
        """
        if self._listening:
            raise RuntimeError("the listener serves already")
        self.shared.clock = trio.lowlevel.current_clock().current_time
        self._context = context if not isinstance(context, ssl.SSLContext) else lambda: context
        self.epoll = select.epoll()
        try:
            for sock in sockets:
                sock.setblocking(False)
                sock.listen(_BACKLOG)
                self._listening[sock.fileno()] = sock
            self._resume_accepting()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._sweep_forever)
                task_status.started()
                await self._serve_forever()
        finally:
            await self._stop(sockets)

    def disconnect(self, node_id: str, refusal: AgentResponse | None = None) -> int:
        """End every connection of a revoked node at once; returns how many. What it waits for is answered with
        the refusal, so that the node hears why. Without certificates these are the connections that have a
        request of the node under way."""
        if self._identify is None:
            connections = [one for one in self._connections.values() if one.serving == node_id]
        else:
            connections = list(self._nodes.get(node_id, ()))
        for connection in connections:
            connection.refuse(refusal or self._refusal)
        return len(connections)

    def connected(self) -> set[str]:
        """The nodes that have a connection."""
        return set(self._nodes)

    def counters(self) -> Counters:
        """What happened so far."""
        return Counters(
            open=self._admission.open,
            parked=self.shared.parked,
            nodes=len(self._nodes),
            accepted=self._accepted,
            cut=self._cut,
            busy=self._busy,
            revoked=self._revoked,
            accept_failures=self._accept_failures,
            handshakes_ok=self._handshakes_ok,
            handshakes_failed=dict(self._handshakes_failed),
            requests={f"{digit}xx": self.shared.statuses[digit] for digit in range(2, 6)},
            timeouts=dict(self.shared.timeouts),
        )

    # What a connection tells its host.

    def opened(self, connection: Connection) -> Conversation | None:
        """The handshake is done. Returns the conversation to hold, or `None` to close."""
        if self._identify is None:
            return self._opened_unidentified(connection)
        certificate = peer_certificate(connection.sock)
        if certificate is None:
            self.handshake_failed(connection, "certificate")
            return None
        try:
            node_id = self._identify(certificate, connection.address)
        except Exception:
            logger.exception("identifying the certificate %s failed", certificate.serial)
            self.handshake_failed(connection, "identify")
            return None
        self._handshakes_ok += 1
        refusal = None
        if isinstance(node_id, AgentResponse):
            self._revoked += 1
            refusal, node_id = node_id, ""
        elif not self._admits(node_id, connection.address):
            refusal = self._not_admitted(node_id, connection.address)
        elif connection.busy:
            refusal = _BUSY
        else:
            connection.node_id = node_id
            connection.not_after = certificate.not_after
            self._nodes.setdefault(node_id, set()).add(connection)
        self._conversations += 1
        peer = Peer(node_id, certificate.serial, connection.address)
        return Conversation(self.shared, peer, connection.settle, refusal)

    def _opened_unidentified(self, connection: Connection) -> Conversation:
        self._handshakes_ok += 1
        self._conversations += 1
        refusal = _BUSY if connection.busy else None
        return Conversation(self.shared, Peer("", "", connection.address), connection.settle, refusal)

    def handshake_failed(self, connection: Connection, reason: str) -> None:
        """Count a failed handshake; log it unless there were many since the last sweep."""
        self._handshakes_failed[reason] = self._handshakes_failed.get(reason, 0) + 1
        if self._log_budget > 0:
            self._log_budget -= 1
            logger.warning("handshake with %s failed: %s", connection.address, reason)

    def left(self, connection: Connection) -> None:
        """The conversation of a connection is over."""
        self._conversations -= 1
        if not self._conversations:
            self._quiet.set()
        node_id, connection.node_id = connection.node_id, None
        if node_id is None:
            return
        others = self._nodes[node_id]
        others.discard(connection)
        if not others:
            del self._nodes[node_id]

    def closed(self, connection: Connection) -> None:
        """The socket is closed."""
        del self._connections[connection.descriptor]
        self._admission.leave(connection.address)

    # The loop.

    async def _serve_forever(self) -> None:
        while True:
            await trio.lowlevel.wait_readable(self.epoll.fileno())
            self._turn()

    def _turn(self) -> None:
        accept: list[socket.socket] = []
        for descriptor, events in self.epoll.poll(0, _BATCH):
            connection = self._connections.get(descriptor)
            if connection is not None:
                try:
                    connection.ready(events)
                except Exception:  # noqa: BLE001 - logged in _give_up
                    self._give_up(connection)
            elif descriptor in self._listening:
                accept.append(self._listening[descriptor])
        # Last, so that no event of this batch meets a new connection on the descriptor of a closed one.
        for sock in accept:
            self._accept(sock)

    def _give_up(self, connection: Connection) -> None:
        """A bug hit this connection: it ends, the others do not notice."""
        logger.exception("a connection of %s failed", connection.address)
        try:
            connection.close()
        except Exception:
            logger.exception("closing a connection of %s failed", connection.address)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, address = listening.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    continue  # that peer is gone already (accept(2) passes on errors of the connection)
                self._pause_accepting(error)
                return
            self._accepted += 1
            self._adopt(sock, str(address[0]))

    def _adopt(self, sock: socket.socket, address: str) -> None:
        verdict = self._admission.enter(address, shared=self._is_shared(address))
        if verdict is Verdict.CUT:
            self._cut += 1
            sock.close()
            return
        if verdict is Verdict.BUSY:
            self._busy += 1
        try:
            _prepare(sock, self._limits)
            wrapped = self._wrapped(sock)
            try:
                connection = Connection(self, wrapped, address, busy=verdict is Verdict.BUSY)
            except OSError:
                wrapped.close()
                raise
        except (OSError, ValueError):  # the peer has gone in between
            sock.close()
            self._admission.leave(address)
            self._handshakes_failed["reset"] = self._handshakes_failed.get("reset", 0) + 1
            return
        self._connections[connection.descriptor] = connection

    def _wrapped(self, sock: socket.socket) -> ssl.SSLSocket | PlainSocket:
        if self._context is None:
            return PlainSocket(sock)
        return self._context().wrap_socket(sock, server_side=True, do_handshake_on_connect=False)

    def _pause_accepting(self, error: OSError) -> None:
        """Out of descriptors: the kernel keeps the queue; a full epoll would wake us for nothing."""
        self._accept_failures += 1
        logger.error("accepting agents pauses for up to %.0f s: %s", SWEEP_SECONDS, error)
        self._accepting = False
        for descriptor in self._listening:
            self.epoll.unregister(descriptor)

    def _resume_accepting(self) -> None:
        if not self._accepting:
            self._accepting = True
            for descriptor in self._listening:
                self.epoll.register(descriptor, select.EPOLLIN)

    # The sweeper.

    async def _sweep_forever(self) -> None:
        while True:
            await trio.sleep(SWEEP_SECONDS)
            self._resume_accepting()
            self._log_budget = _LOGGED_PER_SWEEP
            await self._sweep()

    async def _sweep(self) -> None:
        """End what is overdue. Many at once are spread over several turns."""
        now, wall = trio.current_time(), self._wall_clock()
        self.shared.encoder.tick(wall)
        budget = _CHECKS_PER_TURN
        for connection in list(self._connections.values()):
            budget -= 1
            try:
                if connection.deadline <= now:
                    budget -= _CHECKS_PER_TURN // _EXPIRIES_PER_TURN
                    connection.expire(now)
                elif connection.not_after <= wall:
                    connection.shut_down()
            except Exception:  # noqa: BLE001 - logged in _give_up
                self._give_up(connection)
            if budget <= 0:
                await trio.lowlevel.checkpoint()
                budget = _CHECKS_PER_TURN

    # The end.

    async def _stop(self, sockets: list[socket.socket]) -> None:
        for sock in sockets:
            sock.close()
        self._listening.clear()
        self._accepting = False
        with trio.CancelScope(shield=True), trio.move_on_after(GRACE_SECONDS):
            self._quiet = trio.Event()
            for connection in list(self._connections.values()):
                connection.shut_down()
            if self._conversations:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._serve_forever)
                    await self._quiet.wait()
                    nursery.cancel_scope.cancel()
        for connection in list(self._connections.values()):
            connection.close()
        self.epoll.close()


def _prepare(sock: socket.socket, limits: Limits) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Half-open peers: probes find those that are silent, the timeout those that take no answer.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(limits.write * 1000))


def _no_clock() -> float:
    raise RuntimeError("the listener does not serve yet")
