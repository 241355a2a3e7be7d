"""What the start-up code knows about its executable. build.py writes the true values at build time."""

NAME = "nimbus"
BUILD = "0000000000000000"
ENTRY_MODULE = "nimbus.__main__"
ENTRY_FUNCTION = "main"
PYTHON_MIN = (3, 11)
PYTHON_MAX = (3, 14)
CPUS = ("x86_64", "aarch64")
GLIBC = (2, 28)
UNPACKED_BYTES = 0
