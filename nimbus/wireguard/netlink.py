"""pyroute2's netlink socket and messages, as much of them as this package needs.

The one module that imports pyroute2. `nimbus.wireguard.device` imports it only when a device is really used, so
that an agent without a mesh does not carry it.

The library's socket is asyncio's. A session has an event loop of its own and runs it in the calling thread until
the answer is there: it blocks, like everything in this package, and knows nothing of Trio.
"""

from __future__ import annotations

import asyncio
import errno
import importlib.util
import logging
import os
import sys
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from nimbus.wireguard.errors import DeviceError, MeshUnavailable


def _skip_init_of(package: str) -> None:
    """Have the modules of a package imported without its `__init__`: pyroute2's imports every module there is,
    which costs 11 MiB, where those below cost 3."""
    if package not in sys.modules:
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        sys.modules[package] = importlib.util.module_from_spec(spec)


_skip_init_of("pyroute2")

from pyroute2 import netlink as core
from pyroute2.netlink import rtnl
from pyroute2.netlink.exceptions import NetlinkDecodeError, NetlinkError
from pyroute2.netlink.generic import wireguard
from pyroute2.netlink.nlsocket import AsyncNetlinkSocket, NetlinkRequest
from pyroute2.netlink.rtnl import fibmsg, ifaddrmsg, ifinfmsg, rtmsg

__all__ = ["Change", "Session", "core", "fibmsg", "ifaddrmsg", "ifinfmsg", "rtmsg", "rtnl", "wireguard"]

# What it logs is whole messages, and those of a WireGuard device hold keys.
logging.getLogger("pyroute2").setLevel(logging.CRITICAL)
# Each event loop tells at debug level how it waits.
logging.getLogger("asyncio").setLevel(logging.INFO)

_TIMEOUT_SECONDS = 20.0
# One send: bounded so that the answers of a whole batch of failures fit the receive buffer.
_BATCH = 128
_DUMP_TRIES = 5
T = TypeVar("T")


class Change(NamedTuple):
    """A message that changes something: its type, its flags beside NLM_F_REQUEST and NLM_F_ACK, and what it is
    for, in the words of an error: "add the route 10.0.0.0/8"."""

    message: Any
    kind: int
    flags: int
    purpose: str


class Session:
    """A netlink socket in the calling thread's network namespace, for that thread. Use it as a context manager.

    `answers` has the class of each type of message that the kernel sends. Raises MeshUnavailable where no socket
    can be had; DeviceError with the kernel's number and words for what the kernel refuses.
    """

    def __init__(self, protocol: int, answers: Mapping[int, type]) -> None:
        try:
            self._loop, self._socket = _open(protocol, answers)
        except OSError as error:
            raise MeshUnavailable(
                f"No netlink socket can be opened: {error.strerror}",
                cause="no_netlink",
                next_step="Allow AF_NETLINK: look at RestrictAddressFamilies= of the unit, or the sandbox.",
            ) from error

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def understand(self, answers: Mapping[int, type]) -> None:
        """Know the classes of more types of messages."""
        self._socket.register_policy(dict(answers))

    def ask(self, message: Any, kind: int, purpose: str, flags: int = 0) -> list[Any]:
        """All answers to a request; with NLM_F_DUMP those of one consistent pass."""
        for _ in range(_DUMP_TRIES):
            answers = self._run(self._exchange(message, kind, flags), purpose)
            if not any(answer["header"]["flags"] & core.NLM_F_DUMP_INTR for answer in answers):
                return answers
        raise _refused(purpose, errno.EBUSY, "it keeps changing")

    def change(self, changes: Sequence[Change], forgiven: Collection[int] = ()) -> None:
        """Make many changes with few system calls, in order. All are tried; then the first error that is not in
        `forgiven` is raised."""
        failures: list[DeviceError] = []
        for batch in _batches(changes):
            failures += self._run(self._send(batch), batch[0].purpose)
        for failure in failures:
            if failure.errno not in forgiven:
                raise failure

    async def _exchange(self, message: Any, kind: int, flags: int) -> list[Any]:
        request = NetlinkRequest(self._socket, message, msg_type=kind, msg_flags=core.NLM_F_REQUEST | flags)
        await request.send()
        return [answer async for answer in request.response()]

    async def _send(self, batch: Sequence[Change]) -> list[DeviceError]:
        requests = [
            NetlinkRequest(
                self._socket,
                each.message,
                msg_type=each.kind,
                msg_flags=core.NLM_F_REQUEST | core.NLM_F_ACK | each.flags,
            )
            for each in batch
        ]
        for request in requests:
            await request.prepare()
        self._socket.send(b"".join(request.msg.data for request in requests))
        failures = []
        for change, request in zip(batch, requests, strict=True):
            try:
                async for _ in request.response():
                    pass
            except NetlinkError as error:
                failures.append(_refused(change.purpose, *error.args))
        return failures

    def _run(self, work: Coroutine[Any, Any, T], purpose: str) -> T:
        try:
            return self._loop.run_until_complete(_in_time(work))
        except NetlinkError as error:
            raise _refused(purpose, *error.args) from error
        except NetlinkDecodeError as error:
            raise DeviceError(f"Cannot {purpose}: the kernel's answer is not understood") from error
        except TimeoutError as error:
            raise DeviceError(f"Cannot {purpose}: the kernel does not answer") from error
        except OSError as error:
            raise _refused(purpose, error.errno or errno.EIO) from error


def _open(protocol: int, answers: Mapping[int, type]) -> tuple[asyncio.AbstractEventLoop, AsyncNetlinkSocket]:
    loop = asyncio.new_event_loop()
    try:
        opened = AsyncNetlinkSocket(protocol, use_event_loop=loop)
        loop.run_until_complete(opened.setup_endpoint())
    except BaseException:
        loop.close()
        raise
    opened.register_policy(dict(answers))
    for option in (core.NETLINK_EXT_ACK, core.NETLINK_GET_STRICT_CHK):
        with suppress(OSError):  # an old kernel: no words with its errors, dumps of more than was asked for
            opened.setsockopt(core.SOL_NETLINK, option, 1)
    return loop, opened


async def _in_time(work: Coroutine[Any, Any, T]) -> T:
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        return await work


def _batches(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    for start in range(0, len(changes), _BATCH):
        yield changes[start : start + _BATCH]


def _refused(purpose: str, number: int, said: str = "") -> DeviceError:
    reason = os.strerror(number)
    return DeviceError(
        f"Cannot {purpose}: {reason}{f' ({said})' if said not in ('', reason) else ''}", errno=number
    )
