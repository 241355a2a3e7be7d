"""Find a Python that fits when the one that was started does not. Readable by Python 2.7."""
# ruff: noqa: UP031, RUF005

import os
import subprocess
import sys

from . import settings

# Run by the candidate itself: a pyenv shim named python3.12 exists whether or not it leads anywhere.
PROBE = (
    "import sys; sys.exit(0 if sys.implementation.name == 'cpython' and 't' not in sys.abiflags "
    "and sys.maxsize > 2**32 and sys.version_info[:2] == (%d, %d) else 1)"
)


def replace_or_refuse():
    # type: () -> None
    """Start over with a fitting Python, or end with one line and status 1. Never returns."""
    fitting = find()
    if fitting is not None:
        # argv[0] is the executable itself; the interpreter's own flags are not carried over.
        os.execv(fitting, [fitting] + sys.argv)  # noqa: S606
    sys.stderr.write(refusal() + "\n")
    sys.exit(1)


def find():
    # type: () -> str | None
    """The newest fitting Python on PATH, or None."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    for minor in range(settings.PYTHON_MAX[1], settings.PYTHON_MIN[1] - 1, -1):
        for folder in folders:
            candidate = os.path.join(folder, "python3.%d" % minor)
            if os.path.isabs(folder) and os.access(candidate, os.X_OK) and _fits(candidate, minor):
                return candidate
    return None


def _fits(candidate, minor):
    # type: (str, int) -> bool
    command = [candidate, "-I", "-S", "-c", PROBE % (3, minor)]
    with open(os.devnull, "r+b") as nowhere:
        try:
            return subprocess.call(command, stdin=nowhere, stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False


def refusal():
    # type: () -> str
    name = "Python"
    if hasattr(sys, "implementation") and sys.implementation.name != "cpython":
        name = sys.implementation.name
    if "t" in getattr(sys, "abiflags", ""):
        name = "free-threaded " + name
    if sys.maxsize <= 2**32:
        name = "32-bit " + name
    return (
        "%s: needs 64-bit CPython %s to %s; this is %s %s (%s), and PATH has no other. "
        "Next: install one (Debian 12: apt-get install python3)."
    ) % (
        settings.NAME,
        "%d.%d" % settings.PYTHON_MIN,
        "%d.%d" % settings.PYTHON_MAX,
        name,
        "%d.%d.%d" % tuple(sys.version_info[:3]),
        sys.executable,
    )
