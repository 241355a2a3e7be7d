"""Both executables end with one line, whatever becomes of their output and their files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAMS = pytest.mark.parametrize(
    ("module", "program"), [("nimbus", "nimbus"), ("agent", "nimbus-agent")], ids=["nimbus", "agent"]
)


def shell(line: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`line` is the test's own, of `sh`: "$@" is what is run."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@PROGRAMS
def test_an_output_that_is_full(module: str, program: str) -> None:
    done = shell('exec "$@" >/dev/full', module, "--version")
    assert done.returncode == 1
    assert done.stderr == (
        f"{program}: the output: no space left on device. Free space there, then try again. [SYSTEM]\n"
    )


@PROGRAMS
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_an_output_that_is_closed(module: str, program: str, closed: str) -> None:
    assert shell(f'exec "$@" {closed}', module, "--version").returncode == 0


@PROGRAMS
def test_a_plain_locale_and_a_current_folder_that_is_gone(module: str, program: str, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f'cd "{gone}" && rmdir "{gone}" && exec env LC_ALL=POSIX PYTHONPATH={ROOT} PYTHONSAFEPATH=1 "$@"'
    done = shell(line, module, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {program} ")


def test_a_token_from_an_input_that_is_closed(tmp_path: Path) -> None:
    done = shell('exec "$@" <&-', "agent", "join", "-", "--data-dir", str(tmp_path / "agent"))
    assert done.returncode != 0
    assert "[TOKEN_MALFORMED]" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    done = shell('exec "$@"', "nimbus", "api", "--mesh", "off", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stderr) == (
        1,
        f"nimbus: {tmp_path}/lock: is a directory. See what is there. [SYSTEM]\n",
    )
