"""A command imports what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_HEAVY = {
    "trio",
    "quart",
    "cryptography",
    "httpx",
    "jwt",
    "webauthn",
    "yaml",
    "msgspec",
    "sqlite3",
    "hypercorn",
    "bcrypt",
}
_PROGRAM = """
import sys
from nimbus.cli.main import run
try: run(sys.argv[1:])
except SystemExit: pass
print(*sorted({module.partition(".")[0] for module in sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "--version",
        "--help",
        "node list --help",
        "completion bash",
        "iam --help",
        "iam can --help",
        "workspace --help",
        "profile list",
        "apply --help",
        "diff --help",
        "organization list",
        "__complete -- node list --",
        "__complete -- apply --",
        "whoami",
    ],
)
def test_nothing_heavy_comes_in(arguments: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NIMBUS_")}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments.split()],
        capture_output=True,
        text=True,
        env={**environment, "XDG_CONFIG_HOME": str(tmp_path)},
        check=True,
    )
    assert _HEAVY & set(done.stderr.splitlines()[-1].split()) == set()
