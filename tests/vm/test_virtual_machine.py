"""The harness itself: programs run in the guest, bounded, and nothing of it is seen here."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.vm.virtual_machine import VirtualMachine

pytestmark = pytest.mark.vm


def test_status_output_and_input(machine: VirtualMachine) -> None:
    done = machine.run(["sh", "-c", "cat; echo oops >&2; exit 7"], input="hello", env={"A": "b"})
    assert (done.returncode, done.stdout, done.stderr) == (7, "hello", "oops\n")
    assert machine.run(["no-such-program"]).returncode == 127


def test_a_command_that_takes_too_long_is_ended_and_the_next_one_runs(machine: VirtualMachine) -> None:
    assert machine.run(["sh", "-c", "echo started; exec sleep 1000"], seconds=1).returncode == 124
    assert machine.run(["echo", "still here"]).stdout == "still here\n"


def test_the_guest_has_a_kernel_of_its_own_and_cannot_write_here(machine: VirtualMachine) -> None:
    assert machine.kernel_release != Path("/proc/sys/kernel/osrelease").read_text().strip()
    path = Path(f"/var/tmp/{secrets.token_hex(8)}")
    assert machine.run(["sh", "-c", f"echo x > {path}; cat {path}"]).stdout == "x\n"
    assert not path.exists()


def test_systemd_runs_units(systemd_machine: VirtualMachine) -> None:
    assert systemd_machine.run(["systemctl", "is-system-running", "--wait"]).stdout.strip() == "running"
    unit = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran > /run/nimbus-ran'\nRemainAfterExit=yes\n"
    path = "/etc/systemd/system/nimbus-trial.service"
    assert systemd_machine.run(["tee", path], input=unit).returncode == 0
    started = systemd_machine.run(["systemctl", "start", "nimbus-trial.service"])
    assert started.returncode == 0, started.stderr
    assert systemd_machine.run(["cat", "/run/nimbus-ran"]).stdout == "ran\n"
    assert not Path(path).exists()
