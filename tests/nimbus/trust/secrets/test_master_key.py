from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKey, MasterKeyUnusable

KEY = MasterKey(b"k" * 32)


@given(st.text(max_size=200), st.text(max_size=40))
def test_what_is_sealed_opens_in_its_context_only(secret: str, context: str) -> None:
    sealed = KEY.seal(secret, context)
    assert KEY.open(sealed, context) == secret
    with pytest.raises(MasterKeyUnusable):
        KEY.open(sealed, context + "x")
    assert sealed != KEY.seal(secret, context)


SEALED = KEY.seal("secret", "row")


@given(st.integers(0, len(SEALED) - 1), st.characters(codec="utf-8"))
def test_any_alteration_is_one_clear_error(at: int, other: str) -> None:
    sealed = SEALED
    assume(other != sealed[at])
    with pytest.raises(MasterKeyUnusable):
        KEY.open(sealed[:at] + other + sealed[at + 1 :], "row")


@pytest.mark.parametrize(
    "rubbish", ["", ".", "x", f"{KEY.key_id}.", f"{KEY.key_id}.AAAA", f"{KEY.key_id}.é", f"{KEY.key_id}.===="]
)
def test_rubbish_is_one_clear_error(rubbish: str) -> None:
    with pytest.raises(MasterKeyUnusable):
        KEY.open(rubbish, "row")


def test_another_key_is_named_not_tried() -> None:
    other = MasterKey(b"o" * 32)
    with pytest.raises(MasterKeyUnusable, match=other.key_id):
        KEY.open(other.seal("secret", "row"), "row")


def opened(path: Path) -> Keyring:
    file = KeyFile(path)
    file.create_if_missing()
    return Keyring(file.read(), file)


def test_the_key_file_is_born_0600_and_stays(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = opened(tmp_path / "master.key")
    finally:
        os.umask(old)
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    assert opened(tmp_path / "master.key").key_id == made.key_id
    assert os.listdir(tmp_path) == ["master.key"]


@pytest.mark.parametrize("content", [b"", b"short", base64.b64encode(b"x" * 31), b"\xff" * 44])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "master.key").write_bytes(content)
    with pytest.raises(MasterKeyUnusable):
        opened(tmp_path / "master.key")
    assert (tmp_path / "master.key").read_bytes() == content


def test_processes_that_make_it_at_once_end_with_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from nimbus.trust.secrets.key_file import KeyFile; "
        "file = KeyFile(Path(sys.argv[1])); sys.stdin.readline(); file.create_if_missing(); print(file.read())"
    )
    for turn in range(2):
        command = [sys.executable, "-c", program, str(tmp_path / f"key{turn}")]
        started = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        assert len({process.communicate(timeout=30)[0] for process in started}) == 1
