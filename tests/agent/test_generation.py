"""Which control plane an agent obeys when its database went back in time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.generation import KnownGeneration

A, B = "lineage-a", "lineage-b"


def proof(lineage: str, number: int) -> str:
    return f"{lineage}.{number}.c2lnbmF0dXJl"


def test_a_lower_one_of_the_same_database_is_not_obeyed(tmp_path: Path) -> None:
    known = KnownGeneration(tmp_path / "generation.json")
    assert known.learn(2, proof(A, 2))
    assert known.proof == "", "nobody has to be shown anything"
    for again in (known, KnownGeneration(tmp_path / "generation.json")):
        assert not again.learn(1, proof(A, 1))
        assert not again.may_obey(1)
        assert "older copy" in again.problem
        assert (again.number, again.proof) == (2, proof(A, 2))
        assert again.learn(3, proof(A, 3))
        assert (again.problem, again.proof) == ("", "")
        assert again.learn(3, "")
        again.learn(2, proof(A, 2))
        assert again.problem


def test_another_database_is_another_history(tmp_path: Path) -> None:
    """The old one was lost, and the control plane began anew with the CA that there was."""
    known = KnownGeneration(tmp_path / "generation.json")
    known.learn(7, proof(A, 7))
    assert not known.may_obey(1), "a poll does not say which database it is"
    assert known.learn(1, proof(B, 1))
    assert known.number == 1


def test_a_control_plane_that_has_none_is_obeyed(tmp_path: Path) -> None:
    known = KnownGeneration(tmp_path / "generation.json")
    known.learn(7, proof(A, 7))
    assert known.learn(0, "")
    assert known.number == 7


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"number":"x"}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "generation.json"
    file.write_bytes(content)
    known = KnownGeneration(file)
    assert known.learn(1, proof(A, 1))
    assert KnownGeneration(file).number == 1


def test_a_disk_that_takes_nothing_is_no_reason_to_stop(tmp_path: Path) -> None:
    known = KnownGeneration(tmp_path / "no such folder" / "generation.json")
    assert known.learn(2, proof(A, 2))
    assert not known.learn(1, proof(A, 1))
    assert not os.listdir(tmp_path)
