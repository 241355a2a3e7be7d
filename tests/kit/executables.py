"""A small project in the shape of Nimbus that build.py builds: real dependencies, stand-ins for the code.

The stand-in entry points answer `--version` and `report` (JSON about the interpreter and what it loaded)
and `hold` (says that it runs, then runs until its input ends).
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
SHARED_CACHE = PROJECT / "build"
# build.py keys its environment by the interpreter: the one under this environment, not this environment.
BASE_PYTHON = str(Path(sys.executable).resolve())

STAND_IN = '''"""Stand-in for an entry point of Nimbus, used by tests of the build."""

import sys


def main() -> int:
    if sys.argv[1:] == ["--version"]:
        print("{name} stand-in")
        return 0
    if sys.argv[1:] == ["hold"]:
        print("running", flush=True)
        sys.stdin.read()
        return 0
    import importlib
    import importlib.metadata
    import importlib.resources
    import json

    files = [importlib.import_module(name).__file__ for name in {modules!r}]
    from cryptography.hazmat.primitives.asymmetric import ec

    ec.generate_private_key(ec.SECP256R1())
    assets = importlib.resources.files("{package}.assets")
    print(json.dumps({{
        "python": sys.version_info[:3],
        "executable": sys.executable,
        "arguments": sys.argv,
        "path": sys.path,
        "files": files,
        "trio": importlib.metadata.version("trio"),
        "assets": sorted(asset.name for asset in assets.iterdir() if asset.is_file()),
    }}))
    return 7
'''
AGENT_MODULES = ["trio", "httptools", "msgspec", "psutil", "cryptography.x509", "nimbus.protocol"]
NIMBUS_MODULES = [
    *["trio", "httptools", "msgspec", "cryptography.x509", "nimbus.protocol"],
    *["hypercorn.trio", "quart", "quart_trio", "yaml", "yaml._yaml", "markupsafe._speedups"],
    *["jwt", "bcrypt", "cbor2", "pyotp", "segno", "httpx"],
]


def write_project(folder: Path) -> Path:
    """The sources that build.py asks for: shiv.toml, pins, start-up code and units are the real ones."""
    for name in ("shiv.toml", "requirements", "systemd", "nimbus/zipapp"):
        source = PROJECT / name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    main = STAND_IN.format(name="nimbus", package="nimbus", modules=NIMBUS_MODULES)
    agent_main = STAND_IN.format(name="nimbus-agent", package="agent", modules=AGENT_MODULES)
    texts = {
        "nimbus/__init__.py": "",
        "nimbus/__main__.py": main,
        "nimbus/composition/appliance.py": "SECRET = 'of the control plane'\n",
        "nimbus/protocol/__init__.py": "",
        "nimbus/wireguard/__init__.py": "",
        "nimbus/db/__init__.py": "",
        "nimbus/db/migrations/0001_start.sql": "CREATE TABLE t (id TEXT);\n",
        "nimbus/.hidden": "never shipped\n",
        "nimbus/composition/appliance.py~": "never shipped\n",
        "agent/__init__.py": "",
        "agent/__main__.py": agent_main,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def build(source: Path, cache: Path = SHARED_CACHE, python: str = BASE_PYTHON, **options: Any) -> str:
    """Run build.py as a user does; its output. Fails the test when it fails."""
    command = [python, str(PROJECT / "build.py"), "--source", str(source), "--cache", str(cache)]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, check=False, text=True, capture_output=True, timeout=400, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: tuple[int, int]
    fits: bool

    def __str__(self) -> str:
        return "python" + ".".join(map(str, self.version)) + self.path.replace("/", "-")


def interpreters() -> list[Interpreter]:
    """Every Python of this machine, fit or not, found on PATH and among pyenv's versions; one per file."""
    names = [*(f"python3.{minor}" for minor in range(16)), "python2.7", "python3", "pypy3"]
    candidates = [os.path.join(folder, name) for folder in os.get_exec_path() for name in names]
    candidates += glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python"))
    found: dict[str, Interpreter] = {}
    probe = (
        "import platform, sys; sys.stdout.write('%d %d %s %s' % "
        "(sys.version_info[0], sys.version_info[1], platform.python_implementation(), sys.executable))"
    )
    for candidate in candidates:
        if not os.access(candidate, os.X_OK):
            continue
        done = subprocess.run(
            [candidate, "-c", probe], check=False, text=True, capture_output=True, timeout=20, cwd="/"
        )
        if done.returncode == 0 and len(done.stdout.split()) == 4:
            major, minor, kind, path = done.stdout.split()  # not the candidate: it may be a shell script
            version = (int(major), int(minor))
            fits = kind == "CPython" and (3, 11) <= version <= (3, 14)
            found[os.path.realpath(path)] = Interpreter(os.path.realpath(path), version, fits)
    return sorted(found.values(), key=lambda one: (one.version, one.path))


def start(
    executable: Path,
    *arguments: str,
    root: Path | str | None,
    python: str = BASE_PYTHON,
    before: list[str] | None = None,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run an executable with its cache in `root`. PATH leads nowhere unless `environment` says otherwise."""
    variables = {"PATH": "/nonexistent", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    if root is not None:
        variables["SHIV_ROOT"] = str(root)
    command = [*(before or []), python, str(executable), *arguments]
    return subprocess.run(
        command,
        check=False,
        text=True,
        capture_output=True,
        timeout=240,
        env=variables | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        **options,
    )


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 7, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused start says: status 1, nothing on standard output, one line on standard error."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]
