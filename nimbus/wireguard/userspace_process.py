"""The process behind a userspace interface: find it, start it, end it.

The program makes itself a daemon, so that it is nobody's child: traffic goes on when the control plane or the
agent is killed, and whoever comes next finds it by its control socket. (In a systemd unit that needs
`KillMode=process`, or the program ends with the unit.)
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nimbus.wireguard.errors import DeviceError

PROGRAMS = ("wireguard-go", "boringtun-cli", "wireguard")
RUN_DIR = Path("/var/run/wireguard")
"""Where the programs make NAME.sock: the protocol fixes it."""

_START_SECONDS = 10.0
_END_SECONDS = 3.0
_PEER_CREDENTIALS = struct.Struct("=iII")
_ERROR_BYTES = 4096


def find_program(program: str | None = None) -> str | None:
    """The path of `program`, or of the first known one that PATH has."""
    for each in (program,) if program else PROGRAMS:
        path = shutil.which(each)
        if path is not None:
            return path
    return None


def connect(path: Path, timeout: float) -> socket.socket | None:
    """A connection to the control socket; None when nobody listens there (no file, or a dead one's)."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    connection.settimeout(timeout)
    try:
        connection.connect(os.fspath(path))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise DeviceError(f"Cannot connect to {path}: {error.strerror or error}") from error
    return connection


def socket_maker(connection: socket.socket) -> int:
    """The process id that made the listening socket. A daemon's is its parent's, long gone."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    pid: int = _PEER_CREDENTIALS.unpack(raw)[0]
    return pid


def serves(pid: int, name: str, program: str | None = None) -> bool:
    """Whether `pid` is a running userspace WireGuard program for the interface `name`."""
    if pid <= 0:
        return False
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return False
    known = {*PROGRAMS, *([os.path.basename(program)] if program else [])}
    called = os.path.basename(arguments[0]).decode("utf-8", "replace")
    return called in known and name.encode() in arguments[1:]


def processes_for(name: str, program: str | None = None) -> Iterator[int]:
    """The ids of all processes that serve an interface of that name, in any network namespace."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and serves(int(entry), name, program):
            yield int(entry)


def in_this_namespace(pid: int) -> bool | None:
    """Whether a process is in the calling thread's network namespace; None when that cannot be seen."""
    try:
        theirs = os.stat(f"/proc/{pid}/ns/net")
        ours = os.stat("/proc/thread-self/ns/net")
    except OSError:
        return None
    return (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino)


def start(program: str, name: str, path: Path) -> None:
    """Run the program for a new interface `name` and wait until its control socket answers.

    Raises DeviceError with the program's last words when it does not.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "WG_SUDO": "1"}
    with tempfile.TemporaryFile() as words:
        try:
            ended = subprocess.run(
                [program, name],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                cwd="/",
                env=environment,
                start_new_session=True,
                timeout=_START_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _not_started(program, name, "it did not become a daemon in time") from error
        except OSError as error:
            raise _not_started(program, name, error.strerror or str(error)) from error
        if ended.returncode != 0:
            words.seek(0)
            raise _not_started(program, name, _last_line(words.read(_ERROR_BYTES)))
    deadline = time.monotonic() + _START_SECONDS
    while (connection := connect(path, _START_SECONDS)) is None:
        if time.monotonic() > deadline:
            raise _not_started(program, name, f"it made no control socket {path}")
        time.sleep(0.01)
    connection.close()


def end(pid: int, name: str, program: str | None = None) -> None:
    """Wait for a process that was told to end (its socket or link is gone); else terminate, then kill it."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        # Only now is the id certain not to become another process's.
        if not serves(pid, name, program):
            return
        for ask in (None, signal.SIGTERM, signal.SIGKILL):
            if ask is not None:
                signal.pidfd_send_signal(handle, ask)
            if select.select([handle], [], [], _END_SECONDS)[0]:
                return
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
    raise DeviceError(f"The WireGuard process {pid} of {name} does not end")


def _not_started(program: str, name: str, reason: str) -> DeviceError:
    return DeviceError(
        f"{os.path.basename(program)} could not start for {name}: {reason}",
        next_step=f"Run `LOG_LEVEL=verbose {program} -f {name}` as root to see why.",
    )


def _last_line(words: bytes) -> str:
    lines = [line.strip() for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
