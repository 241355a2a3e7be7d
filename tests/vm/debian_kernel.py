"""A Debian kernel to boot under emulation: fetched with apt into a cache folder, not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_METAPACKAGE = "linux-image-amd64"
_FETCH_SECONDS = 300


class VmUnavailable(Exception):
    """Why no virtual machine can be booted here; tests are skipped with it."""


@dataclass(frozen=True)
class DebianKernel:
    """A kernel and its modules, unpacked under `root` as its package lays them out."""

    root: Path
    version: str

    @property
    def image(self) -> Path:
        return self.root / "boot" / f"vmlinuz-{self.version}"

    @property
    def modules(self) -> Path:
        return self.root / "lib" / "modules" / self.version

    def module_files(self, *names: str) -> list[Path]:
        """The files of modules and of what they need, in the order in which they are to be loaded."""
        files: dict[Path, None] = {}
        for name in names:
            shown = _run(
                "modprobe", "--dirname", str(self.root), "--set-version", self.version, "--show-depends", name
            )
            for line in shown.splitlines():
                verb, _, rest = line.partition(" ")
                if verb == "insmod":
                    files[Path(rest.split()[0])] = None
        return list(files)


def debian_kernel() -> DebianKernel:
    """The newest kernel of this Debian release, fetched once. Raises VmUnavailable.

    The cache is $NIMBUS_VM_CACHE, by default ~/.cache/nimbus-vm; delete it to fetch a newer one.
    """
    cache = Path(os.environ.get("NIMBUS_VM_CACHE") or Path.home() / ".cache" / "nimbus-vm")
    kernel = _unpacked(cache / "kernel")
    if kernel is not None:
        return kernel
    for program in ("apt-get", "apt-cache", "dpkg", "depmod", "modprobe"):
        if shutil.which(program) is None:
            raise VmUnavailable(f"{program} is missing: a Debian kernel cannot be fetched")
    cache.mkdir(parents=True, exist_ok=True)
    try:
        _fetch(cache)
    except (subprocess.SubprocessError, OSError) as error:
        raise VmUnavailable(f"Debian's kernel cannot be fetched: {error}") from error
    kernel = _unpacked(cache / "kernel")
    if kernel is None:
        raise VmUnavailable("Debian's kernel package holds no kernel")
    return kernel


def _unpacked(root: Path) -> DebianKernel | None:
    for image in sorted(root.glob("boot/vmlinuz-*")):
        version = image.name.removeprefix("vmlinuz-")
        if (root / "lib" / "modules" / version / "modules.dep").exists():
            return DebianKernel(root, version)
    return None


def _fetch(cache: Path) -> None:
    depends = _run("apt-cache", "depends", _METAPACKAGE)
    package = next(line.split()[1] for line in depends.splitlines() if "Depends: linux-image" in line)
    fetching = cache / "fetching"
    shutil.rmtree(fetching, ignore_errors=True)
    fetching.mkdir()
    _run("apt-get", "download", package, cwd=fetching)
    (archive,) = fetching.glob("*.deb")
    root = fetching / "kernel"
    _run("dpkg", "-x", str(archive), str(root))
    version = next(root.glob("boot/vmlinuz-*")).name.removeprefix("vmlinuz-")
    _run("depmod", "--basedir", str(root), version)
    shutil.rmtree(cache / "kernel", ignore_errors=True)
    root.rename(cache / "kernel")
    shutil.rmtree(fetching)


def _run(*arguments: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        arguments, cwd=cwd, check=True, capture_output=True, text=True, timeout=_FETCH_SECONDS
    )
    return done.stdout
