"""The netlink wire format (RFC 3549 section 2) and a socket for it: requests, dumps and batches.

Small on purpose: this package's netlink costs an agent a tenth of the memory that pyroute2 does, whose
`__init__` imports everything whichever submodule is wanted (benchmarks/wireguard_apply.py has the figures).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NamedTuple

from nimbus.wireguard.errors import DeviceError, MeshUnavailable

# linux/netlink.h
NETLINK_ROUTE = 0
NETLINK_GENERIC = 16
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR = 0x1, 0x2, 0x4, 0x10
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_DUMP = 0x100, 0x200, 0x400, 0x300
NLM_F_ACK_TLVS = 0x200
_NLM_F_CAPPED = 0x100
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLMSGERR_ATTR_MSG = 1
_SOL_NETLINK = 270
_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK = 10, 11, 12
NLA_F_NESTED = 0x8000
_NLA_TYPE_MASK = 0x3FFF

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_unpack_attribute = _ATTRIBUTE.unpack_from
_ERROR = struct.Struct("=i")

_RECEIVE_BYTES = 256 * 1024
_TIMEOUT_SECONDS = 20.0
# One send: bounded so that the answers of a whole batch of failures fit the receive buffer.
_BATCH_MESSAGES = 128
_BATCH_BYTES = 96 * 1024
_DUMP_TRIES = 5


class Request(NamedTuple):
    """One message to the kernel: its type, flags (NLM_F_REQUEST is added), body, and what it is for."""

    kind: int
    flags: int
    body: bytes
    purpose: str


class NetlinkError(DeviceError):
    """The kernel refused a request."""

    def __init__(self, purpose: str, number: int, said: str = "") -> None:
        reason = os.strerror(number)
        super().__init__(f"Cannot {purpose}: {reason}{f' ({said})' if said else ''}", errno=number)


class _Interrupted(Exception):
    """What was being listed changed while it was listed."""


def attribute(kind: int, payload: bytes) -> bytes:
    """One attribute (type, length, value), padded to four bytes."""
    length = 4 + len(payload)
    return _ATTRIBUTE.pack(length, kind) + payload + b"\0" * (-length & 3)


def nested(kind: int, *parts: bytes) -> bytes:
    """An attribute that holds attributes."""
    return attribute(kind | NLA_F_NESTED, b"".join(parts))


def attributes(data: bytes, start: int = 0) -> list[tuple[int, bytes]]:
    """The attributes in `data` from `start`: type without its flag bits, and value."""
    end = len(data)
    found = []
    while start + 4 <= end:
        length, kind = _unpack_attribute(data, start)
        stop = start + length
        if length < 4 or stop > end:
            raise DeviceError("The kernel sent a netlink attribute that does not fit its message")
        found.append((kind & _NLA_TYPE_MASK, data[start + 4 : stop]))
        start = (stop + 3) & ~3
    return found


class NetlinkSocket:
    """A netlink socket in the calling thread's network namespace. Use it as a context manager."""

    def __init__(self, protocol: int) -> None:
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        except OSError as error:
            raise MeshUnavailable(
                f"No netlink socket can be opened: {error.strerror}",
                cause="no_netlink",
                next_step="Allow AF_NETLINK: look at RestrictAddressFamilies= of the unit, or the sandbox.",
            ) from error
        self._sequence = 0
        self._socket.settimeout(_TIMEOUT_SECONDS)
        for option in (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK):
            try:
                self._socket.setsockopt(_SOL_NETLINK, option, 1)
            except OSError as error:  # an old kernel: longer errors, unfiltered dumps
                if error.errno != errno.ENOPROTOOPT:
                    raise

    def __enter__(self) -> NetlinkSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def get(self, kind: int, body: bytes, purpose: str) -> bytes:
        """The body of the one answer to a request. Raises NetlinkError."""
        sequence = self._send([Request(kind, 0, body, purpose)])
        for number, answer, flags, data in self._receive():
            if number != sequence:
                continue
            if answer == _NLMSG_ERROR:
                raise _refusal(purpose, data, flags)
            return data
        raise AssertionError("unreachable")

    def dump(self, kind: int, body: bytes, purpose: str) -> list[bytes]:
        """The bodies of all answers to a listing, from one consistent pass."""
        for _ in range(_DUMP_TRIES):
            try:
                return self._dump_once(Request(kind, NLM_F_DUMP, body, purpose))
            except _Interrupted:
                continue
        raise NetlinkError(purpose, errno.EBUSY, "it keeps changing")

    def batch(self, requests: Sequence[Request], forgiven: frozenset[int] = frozenset()) -> None:
        """Send many changes in few system calls, in order. All are tried; then the first error that is
        not in `forgiven` is raised (NetlinkError)."""
        failure: NetlinkError | None = None
        for chunk in _chunks(requests):
            for error in self._exchange(chunk):
                if failure is None and error.errno not in forgiven:
                    failure = error
        if failure is not None:
            raise failure

    def _exchange(self, chunk: Sequence[Request]) -> list[NetlinkError]:
        # Errors are answered always, success only when asked for: the last one's answer ends the chunk.
        last = self._send([*chunk[:-1], chunk[-1]._replace(flags=chunk[-1].flags | NLM_F_ACK)])
        first = last - len(chunk) + 1
        failures = []
        for number, answer, flags, data in self._receive():
            if answer != _NLMSG_ERROR or not first <= number <= last:
                continue
            error = _refusal(chunk[number - first].purpose, data, flags)
            if error.errno:
                failures.append(error)
            if number == last:
                return failures
        raise AssertionError("unreachable")

    def _dump_once(self, request: Request) -> list[bytes]:
        sequence = self._send([request])
        bodies: list[bytes] = []
        interrupted = False
        for number, answer, flags, data in self._receive():
            if number != sequence:
                continue
            interrupted = interrupted or bool(flags & NLM_F_DUMP_INTR)
            if answer == _NLMSG_ERROR:
                raise _refusal(request.purpose, data, flags)
            if answer == _NLMSG_DONE:
                if len(data) >= 4 and _ERROR.unpack_from(data)[0] < 0:
                    raise _refusal(request.purpose, data, 0)
                if interrupted:
                    raise _Interrupted
                return bodies
            bodies.append(data)
        raise AssertionError("unreachable")

    def _send(self, requests: Sequence[Request]) -> int:
        """Returns the sequence number of the last request; the others count up to it."""
        parts = []
        for request in requests:
            self._sequence += 1
            size = _HEADER.size + len(request.body)
            flags = request.flags | NLM_F_REQUEST
            parts.append(_HEADER.pack(size, request.kind, flags, self._sequence, 0))
            parts.append(request.body + b"\0" * (-size & 3))
        try:
            self._socket.sendto(b"".join(parts), (0, 0))
        except OSError as error:
            raise NetlinkError(requests[0].purpose, error.errno or errno.EIO) from error
        return self._sequence

    def _receive(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Messages without end: sequence number, type, flags, body."""
        while True:
            try:
                data, _, flags, _ = self._socket.recvmsg(_RECEIVE_BYTES)
            except TimeoutError as error:
                raise DeviceError("The kernel did not answer a netlink request in time") from error
            except OSError as error:
                raise NetlinkError("read from netlink", error.errno or errno.EIO) from error
            if flags & socket.MSG_TRUNC:
                raise DeviceError("The kernel sent a netlink message that is larger than expected")
            start = 0
            while start + _HEADER.size <= len(data):
                size, kind, message_flags, sequence, _ = _HEADER.unpack_from(data, start)
                if size < _HEADER.size or start + size > len(data):
                    raise DeviceError("The kernel sent a netlink message that does not fit its length")
                yield sequence, kind, message_flags, data[start + _HEADER.size : start + size]
                start += (size + 3) & ~3


def _chunks(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    start = size = 0
    for index, request in enumerate(requests):
        if index > start and (index - start >= _BATCH_MESSAGES or size + len(request.body) > _BATCH_BYTES):
            yield requests[start:index]
            start, size = index, 0
        size += len(request.body) + _HEADER.size
    if start < len(requests):
        yield requests[start:]


def _refusal(purpose: str, data: bytes, flags: int) -> NetlinkError:
    (number,) = _ERROR.unpack_from(data)
    said = ""
    if flags & NLM_F_ACK_TLVS and flags & _NLM_F_CAPPED:
        for kind, value in attributes(data, 4 + _HEADER.size):
            if kind == _NLMSGERR_ATTR_MSG:
                said = value.rstrip(b"\0").decode("utf-8", "replace")
    return NetlinkError(purpose, -number, said)
