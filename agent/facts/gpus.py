"""NVIDIA GPUs, as nvidia-smi tells of them."""

from __future__ import annotations

import shutil
import subprocess

from nimbus.protocol.messages import Gpu

_QUERY = "index,uuid,name,memory.total,mig.mode.current"
_TIMEOUT_S = 20
_MIB = 1024 * 1024


def gpus() -> tuple[Gpu, ...]:
    """None where there is no nvidia-smi, or where it fails (no driver loaded)."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    try:
        done = subprocess.run(
            [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(done.stdout)


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """Lines of `index, uuid, name, MiB, MIG mode`; a line of another form is passed over."""
    gpus = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 5 and parts[0].isdigit() and parts[3].isdigit():
            gpus.append(Gpu(int(parts[0]), parts[1], parts[2], int(parts[3]) * _MIB, parts[4] == "Enabled"))
    return tuple(gpus)
