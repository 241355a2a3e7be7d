"""Runs inside the virtual machine: takes commands as JSON lines from a virtio port, answers with their outcome.

Standard library only; it is started by path with the guest's (that is, this machine's) python3.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def outcome(command: dict[str, Any]) -> dict[str, Any]:
    """Run one command to its end or its time limit (status 124, as timeout(1) has it)."""
    try:
        done = subprocess.run(
            command["argv"],
            input=command["input"].encode(),
            capture_output=True,
            cwd=command["cwd"],
            env={**os.environ, **command["env"]},
            timeout=command["timeout"],
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return {"status": 124, "stdout": _text(error.stdout), "stderr": _text(error.stderr) + "\ntimed out"}
    except OSError as error:
        return {"status": 127, "stdout": "", "stderr": str(error)}
    return {"status": done.returncode, "stdout": _text(done.stdout), "stderr": _text(done.stderr)}


def _text(output: bytes | None) -> str:
    return (output or b"").decode("utf-8", "replace")


def port_called(name: str) -> Path:
    """The device of the virtio port that qemu calls so."""
    for entry in Path("/sys/class/virtio-ports").iterdir():
        if (entry / "name").read_text().strip() == name:
            return Path("/dev") / entry.name
    raise FileNotFoundError(f"there is no virtio port {name}")


def main() -> None:
    """Serve the port named on the command line until the machine ends."""
    # A virtio port can be opened once.
    handle = os.open(port_called(sys.argv[1]), os.O_RDWR)
    with os.fdopen(handle, "rb") as commands, os.fdopen(os.dup(handle), "wb") as answers:
        answer: dict[str, Any] = {"ready": os.uname().release}
        while True:
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
            line = commands.readline()
            if not line:
                return
            answer = outcome(json.loads(line))


if __name__ == "__main__":
    main()
