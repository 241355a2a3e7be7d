"""The folder that the files are unpacked into: where it is, whether it is ours, whether it is complete.

Used at every start, so it imports nothing that the interpreter has not imported already, except fcntl.
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import NoReturn

from . import settings

STICKY = 0o1000
NOBODY = 65534


def refuse(problem: str, next_step: str) -> NoReturn:
    """End with one line on standard error and status 1."""
    sys.stderr.write(f"{settings.NAME}: {problem}. Next: {next_step}.\n")
    sys.exit(1)


def cache_root() -> str:
    """Where the files are unpacked: SHIV_ROOT, or /var/cache/nimbus for root, or ~/.cache/nimbus.

    For root it does not depend on HOME, which `sudo` may leave pointing at somebody else's folder.
    """
    chosen = os.environ.get("SHIV_ROOT")
    if not chosen and os.geteuid() == 0:
        return "/var/cache/nimbus"
    base = os.environ.get("XDG_CACHE_HOME", "")
    usual = os.path.join(base if os.path.isabs(base) else "~/.cache", "nimbus")
    found = os.path.expanduser(chosen or usual)
    if found.startswith("~"):
        # Of a user that no list of users has: a folder named ~ helps nobody.
        refuse("has no place for its files: this user has no home directory", "set HOME, or SHIV_ROOT")
    return found


def adopt(root: str, site: str) -> bool:
    """True when `site` is complete and ours: this process then holds it, and no other will remove it.

    The shared lock ends with the process. A process that removes an old build holds the exclusive lock
    until every file is unlinked, so whoever gets the shared one afterwards sees a link count of zero.
    """
    try:
        lock = os.open(os.path.join(site, ".lock"), os.O_RDONLY)
    except OSError:
        return False
    check_owner(root)
    check_owner(site, ancestors=False)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return False
    if os.fstat(lock).st_nlink == 0:
        os.close(lock)
        return False
    return True


def check_owner(path: str, *, ancestors: bool = True) -> None:
    """Refuse a folder from which another user could make this one import code.

    `path` is absolute and free of symbolic links. It and every folder above it must belong to this user or
    to root and be closed to writers other than them; above `path`, a sticky folder such as /tmp will do.
    """
    uid = os.geteuid()
    folder = path
    while True:
        status = os.lstat(folder)
        if status.st_uid not in (0, uid) and not (status.st_uid == NOBODY and _in_user_namespace()):
            refuse(
                f"will not run from {path}: {folder} belongs to user {status.st_uid}, not to user {uid}",
                "set SHIV_ROOT to a folder of your own",
            )
        # A group that has this user's number is the user's private one (umask 002); group 0 is root's.
        others = 0o002 if status.st_gid in (0, uid) else 0o022
        if status.st_mode & others and not (status.st_mode & STICKY and folder != path):
            refuse(
                f"will not run from {path}: other users can write {folder}",
                f"chmod go-w {folder}, or set SHIV_ROOT to a folder of your own",
            )
        if not ancestors or folder == "/":
            return
        folder = os.path.dirname(folder)


def _in_user_namespace() -> bool:
    """Inside a user namespace the host's root, who owns / and /tmp, is seen as nobody."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as uid_map:
            return uid_map.read().split() != ["0", "0", "4294967295"]
    except OSError:
        return False
