"""The first file system of the booted kernel: busybox, a few modules, and a script that finds the real root.

The real root is this machine's / over 9p, read-only, under an overlay in memory: every program and file that
is here is there, and nothing that happens there is seen here. With a disk the overlay is on it and survives a
reboot.
"""

from __future__ import annotations

import stat
from pathlib import Path

from tests.vm.debian_kernel import DebianKernel

BUSYBOX = Path("/bin/busybox")
_MODULES = ("virtio_pci", "virtio_blk", "ext4", "9p", "9pnet_virtio", "overlay", "virtio_console")

_INIT = """#!/bin/busybox sh
bb=/bin/busybox
$bb mount -t proc proc /proc
$bb mount -t devtmpfs dev /dev
for module in $($bb cat /modules.order); do $bb insmod /modules/$module || echo "no $module"; done
$bb mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 root /lower || exec $bb sh
if [ -b /dev/vda ]; then $bb mount -t ext4 /dev/vda /upper || exec $bb sh
else $bb mount -t tmpfs -o size=75% upper /upper; fi
$bb mkdir -p /upper/data /upper/work
$bb mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work root /new || exec $bb sh
$bb mkdir -p /new/usr/lib/modules
$bb rm -rf /new/usr/lib/modules/@VERSION@
$bb ln -s @MODULES@ /new/usr/lib/modules/@VERSION@
$bb cp -r /added/. /new/
$bb rm -f /new/.dockerenv /new/run/.containerenv
for each in proc sys dev run; do $bb mkdir -p /new/$each; done
$bb umount /proc
$bb mount -t proc proc /new/proc
$bb mount -t sysfs sys /new/sys
$bb mount --move /dev /new/dev
$bb mkdir -p /new/dev/pts /new/dev/shm
$bb mount -t devpts -o ptmxmode=666 pts /new/dev/pts
$bb mount -t tmpfs -o mode=755 run /new/run
$bb mount -t tmpfs shm /new/dev/shm
$bb mount -t cgroup2 cgroup /new/sys/fs/cgroup
exec $bb switch_root /new @INIT@
"""


def write_initramfs(path: Path, kernel: DebianKernel, init: str, added: dict[str, bytes]) -> None:
    """Write a cpio archive ("newc") to `path`. `init` is the command line that becomes process 1;
    `added` files are put on the root."""
    modules = kernel.module_files(*_MODULES)
    script = _INIT.replace("@VERSION@", kernel.version).replace("@MODULES@", str(kernel.modules))
    files: dict[str, tuple[int, bytes]] = {}
    for folder in ("bin", "dev", "proc", "lower", "upper", "new", "modules", "added"):
        files[folder] = (stat.S_IFDIR | 0o755, b"")
    files["init"] = (stat.S_IFREG | 0o755, script.replace("@INIT@", init).encode())
    files["bin/busybox"] = (stat.S_IFREG | 0o755, BUSYBOX.read_bytes())
    files["modules.order"] = (stat.S_IFREG | 0o644, "\n".join(each.name for each in modules).encode())
    for module in modules:
        files[f"modules/{module.name}"] = (stat.S_IFREG | 0o644, module.read_bytes())
    for name, content in added.items():
        for parent in reversed(Path(name).parents[:-1]):
            files[f"added/{parent}"] = (stat.S_IFDIR | 0o755, b"")
        files[f"added/{name}"] = (stat.S_IFREG | 0o644, content)
    path.write_bytes(_archive(files))


def _archive(files: dict[str, tuple[int, bytes]]) -> bytes:
    parts = []
    for number, (name, (mode, content)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))], start=1):
        encoded = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        parts.append(header + encoded + b"\0" * (-(len(header) + len(encoded)) & 3))
        parts.append(content + b"\0" * (-len(content) & 3))
    return b"".join(parts)
