"""The warm path: find the unpacked files, make sure that nobody else can write them, import, call.

Runs at every start, so it imports nothing that the interpreter has not imported already; `cache` needs fcntl.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from . import settings
from .cache import adopt, cache_root, refuse


def run() -> NoReturn:
    check_host()
    # The loader of this package knows the file it came from; argv[0] may be anything.
    archive = str(__spec__.loader.archive)  # type: ignore[union-attr]
    root = os.path.realpath(cache_root())
    name = f"{settings.NAME}-{settings.BUILD}-{sys.implementation.cache_tag}-{os.uname().machine}"
    site = os.path.join(root, name)
    if not adopt(root, site):
        from . import unpack

        unpack.unpack(archive, root, site)
    # Only the pinned packages count: what the host has in its own site-packages must not change anything.
    foreign = ("site-packages", "dist-packages")
    sys.path[:] = [site] + [p for p in sys.path if p != archive and os.path.basename(p) not in foreign]
    __import__(settings.ENTRY_MODULE)
    sys.exit(getattr(sys.modules[settings.ENTRY_MODULE], settings.ENTRY_FUNCTION)())


def check_host() -> None:
    """Refuse another operating system, CPU or C library than the extension modules were built for."""
    host = os.uname()
    if host.sysname != "Linux" or host.machine not in settings.CPUS:
        fitting = " and ".join(settings.CPUS)
        refuse(f"runs on Linux on {fitting}; this is {host.sysname} on {host.machine}", "use another machine")
    try:
        library = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        library = ""
    version = library.removeprefix("glibc ").split(".")
    wanted = f"{settings.GLIBC[0]}.{settings.GLIBC[1]}"
    if len(version) < 2 or not all(part.isdecimal() for part in version[:2]):
        refuse(f"needs glibc {wanted} or newer; this system has another C library (musl?)", "use Debian")
    if (int(version[0]), int(version[1])) < settings.GLIBC:
        refuse(f"needs glibc {wanted} or newer; this system has {library}", "use a newer system")
