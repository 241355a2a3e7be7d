"""What runs first inside `dist/nimbus` and `dist/nimbus-agent`: check the host, unpack once, start.

build.py puts this folder into the executables as `_bootstrap`, in the place of shiv's own start-up code.
Shiv's imports json, zipfile, pathlib, subprocess and runpy on every start, trusts any cache folder it
finds, never removes an old one, and cannot choose between files for several CPUs. Nothing else of
`nimbus` may be imported here, and nothing here is shipped as part of the package `nimbus`.

This file and `interpreter.py` must be readable by every Python from 2.7 on, so that an unfit one can say
so in one line instead of a SyntaxError. The other files are only imported when the Python fits.
"""

import sys


def main():
    # type: () -> None
    from . import settings

    version = sys.version_info[:2]
    if not settings.PYTHON_MIN <= version <= settings.PYTHON_MAX or not _is_plain_cpython():
        from . import interpreter

        interpreter.replace_or_refuse()

    from . import start

    start.run()


def _is_plain_cpython():
    # type: () -> bool
    """PyPy and the free-threaded build cannot load the extension modules in the executable."""
    return sys.implementation.name == "cpython" and "t" not in sys.abiflags and sys.maxsize > 2**32
