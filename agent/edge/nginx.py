"""The nginx of this machine: asked, checked and signalled. No shell; what it says is bounded in time and size."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import trio

from agent.edge.complaints import Complaint, complaints, of_check

CHECK_S = 30.0
ANSWER_S = 10.0
MAX_OUTPUT = 64 * 1024
# In the agent's folder; nginx listens on them. The first is in what the control plane writes.
GENERATION_SOCKET, LOADED_SOCKET = "generation.sock", "loaded.sock"
NGINX_SOCKETS = (GENERATION_SOCKET, LOADED_SOCKET)


class NginxFailed(Exception):
    """In words for people."""


class NginxPlace(NamedTuple):
    """`program` is the beginning of its command line; `main` its own configuration file, as nginx sees it. `root`:
    where its files are for us, "" when it is in no container; `pid` is then its master's."""

    program: tuple[str, ...]
    main: Path
    pid_file: Path
    error_log: Path
    generation_socket: Path
    root: str = ""
    pid: int = 0

    @property
    def conf_d(self) -> Path:
        return self.main.parent / "conf.d"

    def outside(self, path: Path) -> Path:
        """Where we open what nginx calls by this path."""
        return Path(f"{self.root}{path}")


class Nginx:
    def __init__(self, place: NginxPlace) -> None:
        self.place = place

    async def version(self) -> str:
        """What `nginx -V` says. Raises NginxFailed."""
        return (await self._run("-V"))[1]

    async def check(self, main: Path) -> list[Complaint]:
        """What it says of this configuration, its warnings too; a fatal complaint when it does not take it."""
        return of_check(*await self.tested(main))

    async def tested(self, main: Path) -> tuple[int, str]:
        """Status and words of `nginx -t`. Raises NginxFailed."""
        return await self._run("-t", "-c", str(main))

    def reload(self) -> bool:
        """Tell it to take its configuration; False when it does not run. It says nothing of what became of it."""
        return self.signal(signal.SIGHUP)

    @property
    def runs(self) -> bool:
        return self.signal(0)

    async def generation(self) -> str:
        """What the running nginx answers with; "" when it does not answer."""
        return await asked(self.place.generation_socket, "/generation")

    def log_end(self) -> str:
        """The end of its error log. Blocks."""
        log = ErrorLog(self.place.error_log)
        return log.end()

    def remove_stale_sockets(self) -> None:
        """Of an nginx that was killed: with them no other one starts. Blocks."""
        folder = self.place.generation_socket.parent
        for path in folder.glob("*.sock"):
            if path.name in NGINX_SOCKETS and _is_stale(path):
                path.unlink(missing_ok=True)

    def signal(self, number: int) -> bool:
        """To the master process, if that is what its file names: the number of a process that ended is given
        to another one."""
        try:
            pid = self.place.pid or int(self.place.pid_file.read_text("ascii"))
            handle = os.pidfd_open(pid)
        except (OSError, ValueError):
            return False
        try:
            if not self._is_program(pid):
                return False
            signal.pidfd_send_signal(handle, number)
        except (OSError, ProcessLookupError):
            return False
        finally:
            os.close(handle)
        return True

    def _is_program(self, pid: int) -> bool:
        """Also when its file was replaced by an upgrade since it started. Raises OSError."""
        if self.place.pid:
            return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip() == "nginx"
        runs = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
        return runs == os.path.realpath(self.place.program[0])

    async def _run(self, *arguments: str) -> tuple[int, str]:
        command: Sequence[str] = [*self.place.program, *arguments]
        try:
            with trio.fail_after(CHECK_S):
                done = await trio.run_process(
                    command,
                    check=False,
                    capture_stdout=True,
                    capture_stderr=True,
                    stdin=subprocess.DEVNULL,
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
                )
        except trio.TooSlowError:
            raise NginxFailed(f"nginx {arguments[0]} did not end within {CHECK_S:.0f} s") from None
        except OSError as error:
            raise NginxFailed(f"nginx cannot be run: {error.strerror or error}") from None
        return done.returncode, (done.stderr + done.stdout)[:MAX_OUTPUT].decode("utf-8", "replace")


async def asked(place: Path, path: str) -> str:
    """What nginx answers to a request at a Unix socket; "" when it does not, or with another status than 200."""
    answer = b""
    try:
        with trio.fail_after(ANSWER_S):
            async with await trio.open_unix_socket(place) as stream:
                await stream.send_all(f"GET {path} HTTP/1.0\r\n\r\n".encode("ascii"))
                async for piece in stream:
                    answer += piece
                    if len(answer) > 4096:
                        return ""
    except (OSError, trio.BrokenResourceError, trio.TooSlowError):
        return ""
    head, _, body = answer.partition(b"\r\n\r\n")
    return body.decode("ascii", "replace") if head.split(b" ")[1:2] == [b"200"] else ""


def _is_stale(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


class ErrorLog:
    """What nginx writes into its log from a moment on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode, self._offset = self._end()

    def _end(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        if not stat.S_ISREG(found.st_mode):
            # In a container it is often the standard output of somebody.
            return 0, 0
        return found.st_ino, found.st_size

    def since(self) -> list[Complaint]:
        """Since this object was made; of a log that was begun anew meanwhile, from its beginning."""
        inode, size = self._end()
        if not size:
            return []
        start = self._offset if inode == self._inode and size >= self._offset else 0
        try:
            with self._path.open("rb") as stream:
                stream.seek(start)
                return complaints(stream.read(MAX_OUTPUT).decode("utf-8", "replace"))
        except OSError:
            return []

    def end(self) -> str:
        """Its last lines."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(max(0, self._end()[1] - MAX_OUTPUT))
                return stream.read(MAX_OUTPUT).decode("utf-8", "replace")
        except OSError:
            return ""
