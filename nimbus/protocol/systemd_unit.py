"""Write, enable and start the systemd unit that an executable carries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import PUBLIC_MODE, write_atomically

UNIT_FOLDER = Path("/etc/systemd/system")
PROGRAM_FOLDER = Path("/usr/local/bin")


# What the units start.
_COMMANDS = {"nimbus": "nimbus api", "nimbus-agent": "nimbus-agent run"}


class ServiceNotInstalled(NimbusError):
    code = "SERVICE_NOT_INSTALLED"


def install(name: str, *, program: str, package: str, start: bool) -> None:
    """Install the unit `name`.service of `package`'s assets, and this executable as `program` under
    /usr/local/bin. Raises ServiceNotInstalled."""
    if os.geteuid() != 0:
        raise ServiceNotInstalled("installing a service needs root", next_step="Run it with sudo.")
    systemctl = shutil.which("systemctl")
    if systemctl is None or not Path("/run/systemd/system").is_dir():
        raise ServiceNotInstalled(
            "systemd does not run here",
            next_step=f"Have your own supervisor start: {_COMMANDS.get(program, program)}",
        )
    unit = resources.files(package) / "assets" / f"{name}.service"
    if not unit.is_file():
        raise ServiceNotInstalled(
            "this executable carries no unit", next_step="Use the one that build.py made in dist/."
        )
    _install_program(program)
    write_atomically(UNIT_FOLDER / f"{name}.service", unit.read_bytes(), mode=PUBLIC_MODE)
    _systemctl(systemctl, "daemon-reload")
    _systemctl(systemctl, "enable", *(["--now"] if start else []), f"{name}.service")
    print(f"{name}.service is enabled{' and started' if start else ''}. Its log: journalctl -u {name}")


def _install_program(program: str) -> None:
    """Put this executable where the unit looks for it, unless it is there already."""
    own = Path(sys.argv[0]).resolve()
    target = PROGRAM_FOLDER / program
    if own != target.resolve() and own.is_file():
        PROGRAM_FOLDER.mkdir(parents=True, exist_ok=True)
        write_atomically(target, own.read_bytes(), mode=0o755)


def _systemctl(systemctl: str, *arguments: str) -> None:
    done = subprocess.run(
        [systemctl, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        words = [line for line in lines if not line.startswith("Created symlink")] or lines
        raise ServiceNotInstalled(
            f"systemctl {arguments[0]} failed: {words[0] if words else done.returncode}",
            next_step="See: journalctl "
            + (f"-u {arguments[-1]} -n 50" if arguments[-1].endswith(".service") else "-xe"),
        )
