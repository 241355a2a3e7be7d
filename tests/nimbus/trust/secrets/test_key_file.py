from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from nimbus.trust.secrets.key_file import KeyFile, KeyFileReadOnly
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKey, MasterKeyUnusable

A, B, C = (MasterKey(letter * 32) for letter in (b"a", b"b", b"c"))


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> KeyFile:
    path = folder / "master.key"
    path.write_bytes(content)
    path.chmod(mode)
    return KeyFile(path)


def ids(file: KeyFile) -> list[str]:
    return [key.key_id for key in file.read()]


@pytest.mark.parametrize(
    "content",
    [
        A.encoded() + b"\n" + B.encoded() + b"\n",
        A.encoded() + b"\n" + B.encoded(),
        b"\n\n" + A.encoded() + b"\r\n  " + B.encoded() + b"  \n\n",
        A.encoded() + b"\n" + A.encoded() + b"\n" + B.encoded(),
    ],
)
def test_one_key_per_line_the_first_is_the_primary(tmp_path: Path, content: bytes) -> None:
    assert ids(key_file(tmp_path, content)) == [A.key_id, B.key_id]


def test_a_file_of_one_line_stays_valid(tmp_path: Path) -> None:
    assert ids(key_file(tmp_path, base64.b64encode(b"a" * 32) + b"\n")) == [A.key_id]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"rubbish", "line 1"),
        (A.encoded() + b"\nc2VjcmV0\n", "line 2"),
        (A.encoded() + b"\n\n" + B.encoded()[:-4], "line 3"),
        (b"# a remark\n" + A.encoded(), "line 1"),
        (A.encoded() + b" " + B.encoded(), "line 1"),
        (b"", "no master key"),
        (b"\n \n", "no master key"),
        (b"A" * 20_000, "larger"),
    ],
)
def test_what_is_no_key_is_named_by_its_line_and_never_quoted(
    tmp_path: Path, content: bytes, line: str
) -> None:
    file = key_file(tmp_path, content)
    with pytest.raises(MasterKeyUnusable, match=line) as raised:
        file.read()
    for word in content.split():
        assert word.decode() not in raised.value.line() or len(word) < 4


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620, 0o601])
def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    file = key_file(tmp_path, A.encoded(), mode)
    with pytest.raises(MasterKeyUnusable, match="open to others") as raised:
        file.read()
    assert f"chmod 600 {file.path}" in raised.value.next_step


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_its_owner_alone_is_taken(tmp_path: Path, mode: int) -> None:
    assert ids(key_file(tmp_path, A.encoded(), mode)) == [A.key_id]


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("folder", "pipe", "nothing"):
        with pytest.raises(MasterKeyUnusable, match=name):
            KeyFile(tmp_path / name).read()


def test_what_is_written_is_private_and_in_order(tmp_path: Path) -> None:
    file = key_file(tmp_path, A.encoded())
    old = os.umask(0)
    try:
        file.write([B, A])
    finally:
        os.umask(old)
    assert ids(file) == [B.key_id, A.key_id]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["master.key"]


def test_a_file_without_its_owners_write_bit_stays_as_it_is(tmp_path: Path) -> None:
    file = key_file(tmp_path, A.encoded(), 0o400)
    assert not file.is_writable()
    with pytest.raises(KeyFileReadOnly) as raised:
        file.write([B, A])
    assert raised.value.code == "CONFLICT"
    for word in ("first line", "restart", "openssl rand -base64 32"):
        assert word in raised.value.next_step
    assert ids(file) == [A.key_id]


def test_a_link_stays_one(tmp_path: Path) -> None:
    """As mounted secrets are."""
    (tmp_path / "mounted").mkdir()
    target = key_file(tmp_path / "mounted", A.encoded())
    link = tmp_path / "key"
    link.symlink_to(target.path)
    KeyFile(link).write([B, A])
    assert link.is_symlink()
    assert ids(target) == [B.key_id, A.key_id]


def test_what_a_killed_process_left_beside_it_is_cleared_away(tmp_path: Path) -> None:
    file = key_file(tmp_path, A.encoded())
    (tmp_path / ".master.key.x7f3").write_bytes(b"half a key")
    file.create_if_missing()
    assert os.listdir(tmp_path) == ["master.key"]
    assert ids(file) == [A.key_id]


def test_no_key_is_printed(tmp_path: Path) -> None:
    keyring = Keyring([A, B], KeyFile(tmp_path / "x"))
    for text in (repr(A), str(A), repr(keyring), repr(keyring.keys())):
        assert A.encoded().decode() not in text
        assert "aaaa" not in text
