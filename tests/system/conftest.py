"""The executables that system tests run, and labs of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit import executables
from tests.kit.lab import Lab, LabOptions
from tests.kit.lab.ownership import clean

MakeLab = Callable[..., Lab]
NEEDED = ("ip", "iptables", "nsenter", "ping", "wireguard-go", "wg")


@pytest.fixture(scope="session")
def dist() -> Path:
    """dist/ as the sources are: built unless it is up to date."""
    executables.build(executables.PROJECT)
    return executables.PROJECT / "dist"


@pytest.fixture(scope="session")
def unpacked() -> Iterator[Path]:
    """Where the executables of all labs unpack, once."""
    clean(print)
    folder = Path(tempfile.mkdtemp(prefix="nimbus-lab-cache-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def make_lab(request: pytest.FixtureRequest) -> MakeLab:
    """`async with make_lab(nodes=2, ...) as lab`: a `Lab` with the options of `LabOptions`."""
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    dist, unpacked = request.getfixturevalue("dist"), request.getfixturevalue("unpacked")

    def make(**options: Any) -> Lab:
        return Lab(LabOptions(**{"dist": dist, "cache": unpacked, "heartbeat_interval": 1.0, **options}))

    return make
