"""Virtual machines for the tests of this folder, each booted once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.vm.debian_kernel import VmUnavailable
from tests.vm.virtual_machine import VirtualMachine


def booted(init: str) -> Iterator[VirtualMachine]:
    if os.geteuid() != 0:
        pytest.skip("the guest reads this machine's files as root")
    try:
        machine = VirtualMachine.boot(init=init)  # type: ignore[arg-type]
    except VmUnavailable as error:
        pytest.skip(str(error))
    with machine:
        yield machine


@pytest.fixture(scope="session")
def machine() -> Iterator[VirtualMachine]:
    """A booted Debian kernel."""
    yield from booted("runner")


@pytest.fixture(scope="session")
def systemd_machine() -> Iterator[VirtualMachine]:
    """A booted Debian kernel with systemd as process 1."""
    yield from booted("systemd")
