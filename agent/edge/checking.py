"""A set of files checked by this machine's nginx, far from what is served: as a user without rights, bounded in
time, memory and size, with keys that are thrown away.

Checking a configuration runs it: files are opened and made, libraries are loaded. So nothing of it is done as root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import trio

from agent.command import own_command
from agent.edge.complaints import Complaint, of_check
from agent.edge.nginx import MAX_OUTPUT, NginxFailed, NginxPlace
from nimbus.protocol.files import PUBLIC_MODE
from nimbus.protocol.kinds import CheckedFile, FileProblem, NginxCheckResult

CHECK_S, CPU_S, MEMORY_BYTES, FILE_BYTES = 20.0, 10, 1024 * 1024 * 1024, 4 * 1024 * 1024
# The internal verb of the agent that makes a pair.
PAIR = "throw-away-pair"
_NOBODY = 65534
_CERTIFICATE = re.compile(r"/[^\s\"';]*/certificates/[A-Za-z0-9_-]+\.(pem|key)")
_LOG = re.compile(r"(access_log|error_log)\s+/[^\s\"';]+")
_SOCKET = re.compile(r"unix:/[^\s\"';:]*/([a-z]+\.sock)")
# Places that a user without rights cannot take are no fault of the text: it was read whole by then.
_BIND = re.compile(r"bind\(\) to \S+ failed")
_OWN_LOG = "could not open error log file"
_MAIN = """\
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/files/*.conf;
}}
"""


async def check_files(place: NginxPlace, version: str, files: Sequence[CheckedFile]) -> NginxCheckResult:
    """Raises NginxFailed when it cannot be checked here, OSError."""
    if place.root:
        raise NginxFailed("the nginx of another container is asked when something is deployed to it")
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        raise NginxFailed("prlimit is not installed: apt-get install util-linux")
    pair = await _pair() if any(_CERTIFICATE.search(file.text) for file in files) else ""
    folder = Path(tempfile.mkdtemp(prefix="nimbus-check-"))
    try:
        await trio.to_thread.run_sync(_write, folder, files, pair)
        said = await _said(prlimit, place, folder)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))
    problems = tuple(_problem(one) for one in said if not _is_about_rights(one))
    ok = not any(problem.level not in ("warn", "notice") for problem in problems)
    return NginxCheckResult(ok, version, tuple(one for one in problems if one.level != "notice"))


async def _pair() -> str:
    """A certificate and its key. In a process of its own, as all of the agent that needs cryptography."""
    try:
        with trio.fail_after(CHECK_S):
            done = await trio.run_process(
                [*own_command(), PAIR], capture_stdout=True, stdin=subprocess.DEVNULL
            )
    except (OSError, subprocess.CalledProcessError, trio.TooSlowError):
        raise NginxFailed("no key could be made for the check") from None
    return done.stdout.decode("ascii")


def _write(folder: Path, files: Sequence[CheckedFile], pair: str) -> None:
    inside = folder / "files"
    inside.mkdir()
    for file in files:
        (inside / f"{file.name}.conf").write_text(_harmless(file.text, folder), "utf-8")
    (folder / "pair.pem").write_text(pair)
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder))
    for path in (*inside.iterdir(), folder / "pair.pem", folder / "nginx.conf"):
        path.chmod(PUBLIC_MODE)
    for path in (folder, inside):
        path.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(path, _NOBODY, _NOBODY)


def _harmless(text: str, folder: Path) -> str:
    """Certificates, logs and sockets of an edge are others here."""
    text = _CERTIFICATE.sub(f"{folder}/pair.pem", text)
    text = _LOG.sub(rf"\1 {folder}/some.log", text)
    return _SOCKET.sub(rf"unix:{folder}/\1", text)


async def _said(prlimit: str, place: NginxPlace, folder: Path) -> list[Complaint]:
    limits = [f"--as={MEMORY_BYTES}", f"--cpu={CPU_S}", f"--fsize={FILE_BYTES}", "--nofile=256", "--core=0"]
    command = [prlimit, *limits, "--", *place.program, "-t", "-c", str(folder / "nginx.conf")]
    is_root = os.geteuid() == 0
    try:
        with trio.fail_after(CHECK_S):
            done = await trio.run_process(
                command,
                check=False,
                capture_stdout=True,
                capture_stderr=True,
                stdin=subprocess.DEVNULL,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
                cwd=folder,
                user=_NOBODY if is_root else None,
                group=_NOBODY if is_root else None,
                extra_groups=[] if is_root else None,
            )
    except trio.TooSlowError:
        raise NginxFailed(f"nginx did not end its check within {CHECK_S:.0f} s") from None
    said = (done.stderr + done.stdout)[:MAX_OUTPUT].decode("utf-8", "replace")
    return of_check(done.returncode, said)


def _is_about_rights(complaint: Complaint) -> bool:
    return bool(_BIND.match(complaint.message)) or complaint.message.startswith(_OWN_LOG)


def _problem(complaint: Complaint) -> FileProblem:
    name = complaint.file.rpartition("/")[2].removesuffix(".conf")
    return FileProblem(complaint.level, complaint.message, name, complaint.line)
