"""nginx of three releases of Debian, as an edge runs it: with a configuration that Nimbus wrote."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from agent.edge.nginx import NginxPlace
from nimbus.edge.dialects import Dialect, dialect_of
from tests.kit.debian_releases import Unpacked, unpacked
from tests.kit.nginx import HEAD

# 1.22, 1.26 and 1.30.
RELEASES = ("bookworm", "trixie", "forky")
PROGRAM = "usr/sbin/nginx"
START_S = 20.0

MAIN = HEAD + "    include {folder}/conf.d/*.conf;\n}}\n"


class EdgeNginx:
    """One release's nginx over files in a folder."""

    def __init__(self, release: str, folder: Path) -> None:
        self._unpacked: Unpacked = unpacked(release, "nginx")
        self.folder = folder
        (folder / "conf.d").mkdir(parents=True)
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user="user root;", level="notice"))
        self.said = self._run("-V").stderr
        dialect = dialect_of(self.said)
        assert dialect is not None, self.said
        self.dialect: Dialect = dialect

    @property
    def place(self) -> NginxPlace:
        """For the agent."""
        program = self._unpacked.command(PROGRAM, "-p", str(self.folder))
        return NginxPlace(
            tuple(program),
            self.folder / "nginx.conf",
            self.folder / "nginx.pid",
            self.folder / "error.log",
            self.folder / "generation.sock",
        )

    def write(self, name: str, text: str) -> None:
        (self.folder / "conf.d" / f"{name}.conf").write_text(text, "utf-8")

    def test(self) -> str:
        """What `nginx -t` complains of; "" when it takes everything, without a warning."""
        done = self._run("-t", "-c", str(self.folder / "nginx.conf"))
        lines = [line for line in done.stderr.splitlines() if "[emerg]" in line or "[warn]" in line]
        return "\n".join(lines) or ("" if done.returncode == 0 else done.stderr)

    @contextlib.contextmanager
    def running(self, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
        """Until the end of the block; it answers on this port, or (0) has written its process id."""
        command = self._unpacked.command(
            PROGRAM, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")
        )
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + START_S
            while True:
                try:
                    if port:
                        socket.create_connection(("127.0.0.1", port), 1).close()
                    elif not (self.folder / "nginx.pid").read_text():
                        raise FileNotFoundError
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise RuntimeError((self.folder / "error.log").read_text("utf-8")[-2000:]) from None
                    time.sleep(0.02)
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = self._unpacked.command(PROGRAM, "-p", str(self.folder), *arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
