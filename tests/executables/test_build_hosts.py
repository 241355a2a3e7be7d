"""The executables on hosts that this machine is not: another CPU, a newer Python than Debian 12 has.

Debian's own packages of that CPU and release are unpacked into a folder, once, under
$XDG_CACHE_HOME/nimbus-tests (about 300 MB each). aarch64 runs under qemu's user-mode emulation, which
takes the host's kernel and the folder's Python and libraries; x86_64 runs with the folder as its root.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.executables import one_line, report

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nimbus-tests"
PATHS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root for debootstrap and chroot"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="not for this machine: written for an x86_64"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed"),
    pytest.mark.skipif(
        shutil.which("qemu-aarch64-static") is None, reason="qemu-user-static is not installed"
    ),
]


def mirror() -> str:
    """The archive that this machine installs from: the one with the most indexes, which is not that of updates."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    listed = subprocess.run(command, check=True, text=True, capture_output=True).stdout.split()
    archives = [uri.rstrip("/") for uri in listed if uri.rstrip("/").endswith("/debian")]
    if not archives:
        pytest.skip("apt knows no Debian archive; run apt-get update")
    return max(set(archives), key=archives.count)


def system(arch: str, suite: str, package: str) -> Path:
    """A folder with Debian's minimal system and one Python, unpacked but not configured."""
    folder = CACHE / f"{suite}-{arch}-{package}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = ["debootstrap", "--foreign", "--variant=minbase", f"--arch={arch}", f"--include={package}"]
        done = subprocess.run(
            [*command, suite, str(unfinished), mirror()],
            check=False,
            text=True,
            capture_output=True,
            timeout=400,
        )
        if done.returncode != 0:
            pytest.skip(f"debootstrap of {suite} for {arch} failed: {done.stdout[-200:]}")
        for package_file in sorted((unfinished / "var/cache/apt/archives").glob("*.deb")):
            with subprocess.Popen(
                ["dpkg-deb", "--fsys-tarfile", str(package_file)], stdout=subprocess.PIPE
            ) as unpack:
                # Files that debootstrap has unpacked already stay as they are (-k).
                subprocess.run(
                    ["tar", "-xk", "-C", str(unfinished)], stdin=unpack.stdout, stderr=subprocess.DEVNULL
                )
            package_file.unlink()
        unfinished.rename(folder)
    return folder


def emulated(
    folder: Path, python: str, executable: Path, root: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = ["qemu-aarch64-static", "-L", str(folder), str(folder / "usr/bin" / python), str(executable)]
    return subprocess.run(
        [*command, *arguments],
        check=False,
        text=True,
        capture_output=True,
        timeout=400,
        env={**PATHS, "SHIV_ROOT": str(root)},
    )


@pytest.mark.parametrize(
    ("suite", "package", "python"),
    [
        ("bookworm", "python3", "python3.11"),
        ("trixie", "python3", "python3.13"),
        ("sid", "python3.14", "python3.14"),
    ],
)
@pytest.mark.parametrize("name", ["nimbus", "nimbus-agent"])
def test_aarch64(project: Path, root: Path, name: str, suite: str, package: str, python: str) -> None:
    folder = system("arm64", suite, package)
    answer = report(emulated(folder, python, project / "dist" / name, root, "report"))
    assert python == "python{}.{}".format(*answer["python"][:2])
    assert "-aarch64/" in answer["files"][0]


@pytest.fixture
def newer(project: Path) -> Path:
    """A system with a Python 3.14, and with the executables under /executables."""
    folder = system("amd64", "sid", "python3.14,python3.15")
    shutil.rmtree(folder / "executables", ignore_errors=True)
    shutil.rmtree(folder / "var/cache/nimbus", ignore_errors=True)
    shutil.copytree(project / "dist", folder / "executables")
    return folder


def inside(folder: Path, *command: str, path: str = PATHS["PATH"]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/usr/sbin/chroot", str(folder), *command],
        check=False,
        text=True,
        capture_output=True,
        timeout=400,
        env={"PATH": path},
    )


@pytest.mark.parametrize("name", ["nimbus", "nimbus-agent"])
def test_python_3_14(newer: Path, name: str) -> None:
    answer = report(inside(newer, "/usr/bin/python3.14", f"/executables/{name}", "report"))
    assert answer["python"][:2] == [3, 14]
    assert answer["files"][0].startswith("/var/cache/nimbus/"), "root's own place, without HOME and SHIV_ROOT"


def test_a_python_that_is_too_new(newer: Path) -> None:
    answer = report(inside(newer, "/usr/bin/python3.15", "/executables/nimbus", "report"))
    assert answer["python"][:2] == [3, 14]
    refused = inside(newer, "/usr/bin/python3.15", "/executables/nimbus", "report", path="/nonexistent")
    line = one_line(refused)
    assert "needs 64-bit CPython 3.11 to 3.14; this is Python 3.15." in line, json.dumps(line)
