"""On what a run was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
from pathlib import Path


def describe(folder: Path) -> list[str]:
    """Lines about this machine; `folder` is where the benchmarks keep their files."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"CPU: {_cpu()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory",
        f"Kernel: {platform.system()} {platform.release()} {platform.machine()}",
        f"Disk: {_disk(folder)}",
        f"CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}",
    ]


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.machine()


def _disk(folder: Path) -> str:
    """File system and device that `folder` is on."""
    best = ("", "", "")
    path = str(folder.resolve())
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        device, mount, kind = line.split()[:3]
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best[1]):
            best = (device, mount, kind)
    device, mount, kind = best
    return f"{kind} on {device} ({_model(folder)}), mounted at {mount}"


def _model(folder: Path) -> str:
    number = os.stat(folder).st_dev
    block = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    for candidate in (block, block.resolve().parent):
        for name in ("device/model", "device/vendor"):
            file = candidate / name
            if file.is_file():
                return file.read_text("utf-8").strip()
    rotational = block / "queue/rotational"
    if rotational.is_file():
        return "rotating" if rotational.read_text("ascii").strip() == "1" else "not rotating"
    return "no block device"
