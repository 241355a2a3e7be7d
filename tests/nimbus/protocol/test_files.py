from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nimbus.protocol.files import DirectoryUnusable, private_directory, write_atomically


def test_a_file_has_its_mode_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_atomically(tmp_path / "secret", b"x")
        write_atomically(tmp_path / "public", b"x", mode=0o644)
    finally:
        os.umask(old)
    assert (tmp_path / "secret").stat().st_mode & 0o7777 == 0o600
    assert (tmp_path / "public").stat().st_mode & 0o7777 == 0o644


def test_a_secret_file_is_never_wider_than_0600(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    real = os.replace

    def spy(source: str, target: str) -> None:
        modes.append(os.stat(source).st_mode & 0o777)
        real(source, target)

    monkeypatch.setattr(os, "replace", spy)
    (tmp_path / "key").write_text("old")
    (tmp_path / "key").chmod(0o644)
    write_atomically(tmp_path / "key", b"new")
    assert modes == [0o600]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
def test_a_failure_leaves_the_old_content_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
def test_a_kill_at_any_point_leaves_old_or_new_whole(tmp_path: Path, call: str) -> None:
    (tmp_path / "file").write_bytes(b"old" * 1000)
    program = (
        "import os, sys; from pathlib import Path; from nimbus.protocol.files import write_atomically\n"
        f"os.{call} = lambda *a: os.kill(os.getpid(), 9)\n"
        "write_atomically(Path(sys.argv[1]), b'new' * 1000)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path / "file")], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "file").read_bytes() == b"old" * 1000


def test_a_private_directory_is_made_with_0700_and_proved(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = private_directory(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert made.stat().st_mode & 0o777 == 0o700
    assert os.listdir(made) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryUnusable) as caught:
        private_directory(tmp_path / "file")
    assert "--data-dir" in caught.value.next_step
