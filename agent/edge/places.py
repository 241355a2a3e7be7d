"""Where the nginx of this machine is: its program, its configuration, its process. Functions block.

In a sidecar nginx is a process of another container in a shared process namespace: it is looked for there, its
files are opened through `/proc/PID/root`, and its own program checks a configuration within its mount namespace.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from agent.edge.nginx import CHECK_S, MAX_OUTPUT, NginxFailed, NginxPlace
from nimbus.protocol.nginx.tokens import Kind, NginxSyntaxError, tokens

Mode = Literal["systemd", "standalone", "sidecar"]
_PATH = "/usr/sbin:/sbin:/usr/local/sbin:/usr/local/nginx/sbin:/usr/bin:/bin:/usr/local/bin"
_MAX_MAIN = 1024 * 1024
_PROC = Path("/proc")
_MISSING = "nginx is not installed on this machine. Install it: apt-get install nginx-light"
_ABSENT = "no nginx runs in the process namespace of this agent. Start its container with a shared one"
_OPTION = re.compile(r"--([a-z-]+-path|prefix)=(\S+)")


def find(mode: Mode, socket: Path, program: str = "", main: str = "") -> tuple[NginxPlace, str]:
    """With what `nginx -V` says. `program` and `main` (its configuration) as set on this machine, "" where they
    are to be found. Raises NginxFailed, in words for people."""
    if mode == "sidecar":
        return _of_container(socket, main)
    found = program or shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:{_PATH}")
    if not found:
        raise NginxFailed(_MISSING)
    said = _said([found, "-V"])
    place = _place((found,), Path(main) if main else None, said, socket)
    return place, said


def _of_container(socket: Path, main: str) -> tuple[NginxPlace, str]:
    masters = [found for found in running_masters() if not main or _after(found[1], "-c") == main]
    if not masters:
        raise NginxFailed(_ABSENT)
    if len(masters) > 1:
        raise NginxFailed("more than one nginx runs in the process namespace of this agent")
    pid, arguments = masters[0]
    command = ("nsenter", "-t", str(pid), "-m", "-r", "--", arguments[0])
    said = _said([*command, "-V"])
    given = main or _after(arguments, "-c")
    place = _place(command, Path(given) if given else None, said, socket, f"/proc/{pid}/root", pid)
    return place, said


def running_masters(proc: Path = _PROC) -> Iterator[tuple[int, list[str]]]:
    """nginx's whose parent is none, with their command lines. A master writes its title over its arguments:
    `nginx: master process nginx -c FILE`."""
    for folder in proc.iterdir():
        if not folder.name.isdigit() or _name(folder) != "nginx":
            continue
        parent = _parent(folder)
        if parent and _name(proc / parent) == "nginx":
            continue
        yield int(folder.name), _arguments(folder)


def _name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _parent(folder: Path) -> str:
    try:
        status = (folder / "stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    return status.rpartition(")")[2].split()[1]


def _arguments(folder: Path) -> list[str]:
    try:
        line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ["nginx"]
    words = line.removeprefix("nginx: master process ")
    try:
        return shlex.split(words) or ["nginx"]
    except ValueError:
        return ["nginx"]


def _after(arguments: list[str], option: str) -> str:
    for word, following in itertools.pairwise(arguments):
        if word == option:
            return following
    return ""


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=CHECK_S,
            check=False,
            env={"PATH": _PATH, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NginxFailed(f"nginx cannot be run: {getattr(error, 'strerror', None) or error}") from None
    said = (done.stderr + done.stdout)[:MAX_OUTPUT].decode("utf-8", "replace")
    if done.returncode or "nginx" not in said:
        raise NginxFailed(f"{command[-2]} -V ended with status {done.returncode}: {said.strip()[-300:]}")
    return said


def _place(
    program: tuple[str, ...], main: Path | None, said: str, socket: Path, root: str = "", pid: int = 0
) -> NginxPlace:
    built = dict(_OPTION.findall(said))
    prefix = Path(built.get("prefix", "/usr/local/nginx"))
    main = main or prefix / built.get("conf-path", "conf/nginx.conf")
    settings = _settings(Path(f"{root}{main}"))
    error_log = settings.get("error_log") or built.get("error-log-path", "logs/error.log")
    return NginxPlace(
        program,
        main,
        Path(f"{root}{prefix / (settings.get('pid') or built.get('pid-path', 'logs/nginx.pid'))}"),
        Path(f"{root}{prefix / error_log}"),
        socket,
        root,
        pid,
    )


def _settings(main: Path) -> dict[str, str]:
    """Directives of one word outside of all blocks."""
    try:
        with main.open("rb") as stream:
            read = tokens(stream.read(_MAX_MAIN).decode("utf-8", "replace"))
    except OSError as error:
        raise NginxFailed(f"{main} cannot be read: {error.strerror}") from None
    except NginxSyntaxError:
        # nginx itself says what is wrong with it.
        return {}
    found: dict[str, str] = {}
    depth, words = 0, list[str]()
    for token in read:
        if token.kind is Kind.OPEN:
            depth, words = depth + 1, []
        elif token.kind is Kind.CLOSE:
            depth, words = depth - 1, []
        elif token.kind is Kind.END:
            if not depth and len(words) > 1:
                found[words[0]] = words[1]
            words = []
        else:
            words.append(token.value)
    return found
