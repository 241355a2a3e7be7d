"""What a program on the same host asks of the control plane that runs: over a socket in the data directory, which
only its owner and root can reach. One line of JSON there, one back.

So the running process is the only one that writes to its database.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from nimbus.protocol.errors import NimbusError

SOCKET = "control.sock"
REQUEST_LIMIT = 4096
REQUEST_S, ANSWER_S = 5.0, 30.0
# struct ucred of unix(7): pid, uid, gid.
_CREDENTIALS = struct.Struct("3i")
T = TypeVar("T")
log = logging.getLogger("nimbus.local")


class LocalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    verb: str
    parameters: dict[str, Any] = {}


class _Refusal(msgspec.Struct, frozen=True):
    code: str
    message: str
    next_step: str


class _Answer(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Refusal | None = None


Verb = Callable[[dict[str, Any]], Awaitable[msgspec.Struct]]


@contextmanager
def _address(directory: Path) -> Iterator[str]:
    """The socket, by a short way: an address may have 107 characters (unix(7)), and a directory more."""
    handle = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{SOCKET}"
    finally:
        os.close(handle)


async def serve_local(
    directory: Path,
    verbs: Mapping[str, Verb],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Until cancelled. The caller holds the lock of the directory: a socket that is there was left behind."""
    listener = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    (directory / SOCKET).unlink(missing_ok=True)
    with _address(directory) as address:
        await listener.bind(address)
    (directory / SOCKET).chmod(0o600)
    listener.listen(8)

    async def answer(stream: trio.SocketStream) -> None:
        async with stream:
            await _answer(stream, verbs)

    try:
        await trio.serve_listeners(answer, [trio.SocketListener(listener)], task_status=task_status)  # type: ignore[arg-type]
    finally:
        (directory / SOCKET).unlink(missing_ok=True)


async def _answer(stream: trio.SocketStream, verbs: Mapping[str, Verb]) -> None:
    """Whoever says nothing that can be understood is hung up on."""
    try:
        _, uid, _ = _CREDENTIALS.unpack(
            stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        )
        if uid not in (0, os.geteuid()):
            log.warning("user %d asked over the local socket: it may not", uid)
            return
        request = await _request(stream)
        if request is not None:
            await stream.send_all(msgspec.json.encode(await _performed(request, verbs)) + b"\n")
    except (OSError, trio.BrokenResourceError, trio.TooSlowError) as error:
        log.info("a question over the local socket was not answered: %s", error)


async def _request(stream: trio.SocketStream) -> LocalRequest | None:
    taken = b""
    with trio.fail_after(REQUEST_S):
        while not taken.endswith(b"\n") and len(taken) <= REQUEST_LIMIT:
            piece = await stream.receive_some(REQUEST_LIMIT)
            if not piece:
                return None
            taken += piece
    try:
        return msgspec.json.decode(taken, type=LocalRequest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


async def _performed(request: LocalRequest, verbs: Mapping[str, Verb]) -> _Answer:
    verb = verbs.get(request.verb)
    if verb is None:
        return _Answer(
            error=_Refusal(
                "VERSION_MISMATCH",
                f"the control plane that runs here cannot do {request.verb!r}",
                "Restart it, so that it is of the same version as this program.",
            )
        )
    try:
        return _Answer(result=msgspec.Raw(msgspec.json.encode(await verb(request.parameters))))
    except NimbusError as error:
        return _Answer(error=_Refusal(error.code, error.message, error.next_step))
    except Exception:
        log.exception("%r, asked over the local socket, failed", request.verb)
        return _Answer(
            error=_Refusal(
                "INTERNAL_ERROR", "the control plane failed at it", "Look at its log, then try again."
            )
        )


def ask_locally(directory: Path, request: LocalRequest, answer: type[T]) -> T:
    """Blocks. Raises NimbusError with what the control plane has against it; OSError when nobody listens, or it
    does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, _address(directory) as address:
        client.settimeout(ANSWER_S)
        client.connect(address)
        client.sendall(msgspec.json.encode(request) + b"\n")
        with client.makefile("rb") as stream:
            line = stream.readline()
    try:
        taken = msgspec.json.decode(line, type=_Answer)
    except msgspec.DecodeError:
        raise ConnectionResetError("the control plane hung up") from None
    if taken.error is not None:
        refusal = taken.error
        raise NimbusError(refusal.message, code=refusal.code, next_step=refusal.next_step)
    return msgspec.json.decode(taken.result, type=answer)
