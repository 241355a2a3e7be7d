"""The kernel's WireGuard, in a booted Debian kernel: the same cases as the userspace device passes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.vm.virtual_machine import VirtualMachine

pytestmark = [pytest.mark.vm, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
MODULES = ("wireguard", "veth", "tun", "bridge", "nf_tables", "nft_chain_nat", "nft_masq", "nft_ct")
INSIDE = "tests/vm/inside_wireguard_kernel.py"


def test_the_kernel_device_passes_the_device_cases(machine: VirtualMachine) -> None:
    assert machine.run(["modprobe", "--all", *MODULES]).returncode == 0
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", INSIDE]
    done = machine.python(arguments, cwd=str(ROOT), seconds=1200)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= 30
