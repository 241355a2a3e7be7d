"""Rows to a syslog server: RFC 5424 over TCP (RFC 6587, octet counting) or TLS (RFC 5425).

Neither says which messages the server has taken. So a batch has a connection of its own, which ends in order: we
say that no more comes, the server closes when it has read that, and the kernel knows that everything was
acknowledged. A server that goes away in between leaves one of these undone, and the batch is sent again.

Blocks: it is run in a thread.
"""

from __future__ import annotations

import errno
import fcntl
import json
import re
import socket
import ssl
import struct
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import msgspec

from nimbus.records.audit.records import AuditView
from nimbus.records.destinations.reach import NotDelivered
from nimbus.records.destinations.records import DeliveryStep, Target

TIMEOUT_S = 15.0
# "log audit", RFC 5424 section 6.2.1; informational for what was done, warning for what was not.
_FACILITY, _DONE, _NOT_DONE = 13, 6, 4
_LARGEST_SEQUENCE = 2**31 - 1
_LOOK_AGAIN_S = 0.02
_MAX_ANSWER = 64 * 1024
_HIDDEN = re.compile(r"[^!-~]")


def messages(rows: Sequence[AuditView], host: str) -> bytes:
    """Each with its length in front (RFC 6587 section 3.4.1)."""
    return b"".join(b"%d %b" % (len(one), one) for one in (message(row, host) for row in rows))


def message(row: AuditView, host: str) -> bytes:
    """One row: what is usual in the head, the whole of it as JSON, all in ASCII, which needs no mark of UTF-8."""
    priority = _FACILITY * 8 + (_DONE if row.outcome == "ok" else _NOT_DONE)
    kind = _HIDDEN.sub("_", row.action)[:32] or "-"
    number = (row.sequence - 1) % _LARGEST_SEQUENCE + 1 if row.sequence > 0 else 1
    text = json.dumps(msgspec.to_builtins(row), separators=(",", ":"))
    head = f"<{priority}>1 {row.at} {_HIDDEN.sub('-', host)[:255] or '-'} nimbus - {kind}"
    return f'{head} [meta sequenceId="{number}"] {text}'.encode("ascii")


class SyslogDelivery:
    """One batch on one connection. `steps` grow while it goes on. `abort` may be called from another thread."""

    def __init__(self, target: Target, addresses: Sequence[str], ca_pem: str) -> None:
        self._target, self._addresses, self._ca_pem = target, addresses, ca_pem
        self._socket: socket.socket | None = None
        self._aborted = False
        self.steps: list[DeliveryStep] = []

    def run(self, content: bytes) -> None:
        """Raises NotDelivered."""
        connected = self._connect()
        try:
            if self._target.tls:
                connected = self._secure(connected)
            with self._step("send") as answer:
                connected.sendall(content)
                answer.append(f"{len(content):,} bytes")
            with self._step("close") as answer:
                _finish(connected)
                answer.append("the server has read everything")
        finally:
            connected.close()

    def abort(self) -> None:
        """Ends what is going on, at once."""
        self._aborted = True
        if self._socket is not None:
            with suppress(OSError):
                # Not SSLSocket's: that takes the TLS away under the hands of the other thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _connect(self) -> socket.socket:
        with self._step("connect") as answer:
            for address in self._addresses:
                try:
                    connected = socket.create_connection((address, self._target.port), TIMEOUT_S)
                    break
                except OSError:
                    if address == self._addresses[-1]:
                        raise
            self._socket = connected
            if self._aborted:
                connected.close()
                raise OSError("stopped")
            answer.append(f"{address} port {self._target.port}")
        return connected

    def _secure(self, connected: socket.socket) -> ssl.SSLSocket:
        with self._step("tls") as answer:
            secured = trusting(self._ca_pem).wrap_socket(connected, server_hostname=self._target.host)
            self._socket = secured
            answer.append(str(secured.version()))
        return secured

    @contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        answer: list[str] = []
        try:
            yield answer
        except (OSError, ssl.SSLError, ValueError) as error:
            words = reason(error)
            self.steps.append(DeliveryStep(name, False, words))
            raise NotDelivered(f"{name}: {words}") from None
        self.steps.append(DeliveryStep(name, True, " ".join(answer)))


def _finish(connected: socket.socket) -> None:
    """Until the server has closed, having read everything. Raises OSError."""
    if isinstance(connected, ssl.SSLSocket):
        try:
            connected.unwrap()
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            # It closed without a word of TLS's own, as many do.
            _check_acknowledged(connected)
        except OSError as error:
            if error.errno not in (0, None) or isinstance(error, TimeoutError):
                raise
            _check_acknowledged(connected)
        return
    connected.shutdown(socket.SHUT_WR)
    left = _MAX_ANSWER
    while answer := connected.recv(4096):
        left -= len(answer)
        if left < 0:
            raise OSError("the server answers, which no syslog server does")
    _check_acknowledged(connected)


def _check_acknowledged(connected: socket.socket) -> None:
    """That its host has all that was written. Raises OSError."""
    until = time.monotonic() + TIMEOUT_S
    while _unacknowledged(connected):
        error = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error or time.monotonic() >= until:
            raise OSError(error or errno.ECONNRESET, "the server closed before it had read everything")
        time.sleep(_LOOK_AGAIN_S)


def _unacknowledged(connected: socket.socket) -> int:
    """Bytes; `SIOCOUTQ` of tcp(7)."""
    return int(struct.unpack("i", fcntl.ioctl(connected.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0])


def trusting(ca_pem: str) -> ssl.SSLContext:
    """These authorities alone, else those of the system."""
    return ssl.create_default_context(cadata=ca_pem or None)


def reason(error: BaseException) -> str:
    """One line for people."""
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    text = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return "".join(letter if letter.isprintable() else " " for letter in text or type(error).__name__)[:200]
