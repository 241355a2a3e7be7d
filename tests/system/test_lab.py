"""The lab itself: it leaves nothing behind, whichever way it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.executables import PROJECT
from tests.kit.lab import Lab
from tests.kit.lab.ownership import REGISTRY
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
COMMAND = [sys.executable, "-m", "tests.kit.lab"]


def traces(prefix: str) -> list[str]:
    """Whatever carries the name of a lab: namespaces, sockets, folders, processes."""
    found = [str(entry) for folder in ("/run/netns", "/var/run/wireguard") for entry in listing(Path(folder))]
    found += [str(entry) for entry in listing(Path("/tmp"))]
    found += [f"{REGISTRY}/nl{entry.name}" for entry in listing(REGISTRY)]
    for entry in listing(Path("/proc")):
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes().decode("utf-8", "replace"))
            except OSError:
                continue
    return [text for text in found if prefix in text]


def listing(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


async def start(lab: Lab) -> str:
    await lab.start_control_plane()
    await lab.make_nodes()
    assert traces(lab.prefix)
    return lab.prefix


async def test_an_error_in_the_middle(make_lab: MakeLab) -> None:
    prefixes: list[str] = []

    async def fail() -> None:
        async with make_lab(nodes=2) as lab:
            prefixes.append(await start(lab))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert traces(prefixes[0]) == []


async def test_labs_at_the_same_time(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as one, make_lab(nodes=1) as other:
        prefixes = [await start(one), await start(other)]
        await one.wait_online()
        await other.wait_online()
        await one.wait_reachable()
        await other.wait_reachable()
    assert [traces(prefix) for prefix in prefixes] == [[], []]


@contextmanager
def command_line_lab(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A lab of the command line, up; and its prefix."""
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Ctrl-C"):
                    break
            found = re.search(r"lab (nl[0-9a-f]{4}):", "".join(lines))
            assert found, lines
            yield process, found[1]
        finally:
            process.kill()


def test_a_signal_ends_it(make_lab: MakeLab) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with command_line_lab("--nodes", "1") as (process, prefix):
            process.send_signal(number)
            assert process.wait(timeout=20) == 0
            assert traces(prefix) == []


def test_what_a_killed_one_left_is_cleaned(make_lab: MakeLab) -> None:
    with command_line_lab("--nodes", "1") as (process, prefix):
        # As long as its owner lives nobody touches it.
        subprocess.run([*COMMAND, "--clean"], cwd=PROJECT, check=True, timeout=60)
        assert len(traces(prefix)) > 5
        process.kill()
        process.wait()
        assert traces(prefix)
        subprocess.run([*COMMAND, "--clean"], cwd=PROJECT, check=True, timeout=60)
        assert traces(prefix) == []


def test_check_with_loss_and_kept_data(make_lab: MakeLab, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    arguments = ["--nodes", "2", "--check", "--loss", "3", "--keep-data", os.fspath(keep)]
    arguments += ["--subnet", "198.51.100.0/24", "--overlay", "10.200.0.0/16", "--heartbeat-interval", "2"]
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=PROJECT, check=False, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every pair reaches every other" in done.stdout
    assert re.search(r"n2 +198\.51\.100\.3 +10\.200\.0\.3 +Online", done.stdout), done.stdout
    assert (keep / "n1/nimbus-agent.log").stat().st_size > 0
    assert (keep / "control-plane/data/nimbus.db").stat().st_size > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--loss", "100"],
        ["--subnet", "10.106.0.0/16"],
        ["--overlay", "10.0.0.0/30"],
        ["--subnet", "2001:db8::/64"],
    ],
)
def test_options_that_do_not_fit(make_lab: MakeLab, arguments: list[str]) -> None:
    done = subprocess.run(
        [*COMMAND, "--check", *arguments],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (2, 1, ""), done
