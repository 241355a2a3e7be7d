"""nvidia-smi's answers. The program is a fake: there is no GPU here; the lines have the documented form of
`nvidia-smi --query-gpu=index,uuid,name,memory.total,mig.mode.current --format=csv,noheader,nounits`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.facts.gpus import gpus, parse_gpus

TWO = """0, GPU-5e5fa8c5-1111-2222-3333-444455556666, NVIDIA A100-SXM4-40GB, 40960, Enabled
1, GPU-6f6fb9d6-1111-2222-3333-444455556666, NVIDIA GeForce RTX 4090, 24564, [N/A]
"""


def fake_program(folder: Path, script: str) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_two_gpus() -> None:
    first, second = parse_gpus(TWO)
    assert (first.index, first.model, first.memory_bytes, first.mig) == (
        0,
        "NVIDIA A100-SXM4-40GB",
        40960 << 20,
        True,
    )
    assert (second.index, second.mig) == (1, False)


@given(st.text())
def test_other_text_is_passed_over(text: str) -> None:
    parse_gpus(text)


def test_the_program_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_program(tmp_path, f"cat <<'X'\n{TWO}X")
    monkeypatch.setenv("PATH", str(tmp_path) + ":/usr/bin:/bin")
    assert len(gpus()) == 2


@pytest.mark.parametrize("script", ["exit 9", "kill -9 $$", "echo 'NVIDIA-SMI has failed'; exit 0"])
def test_a_program_that_fails_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    fake_program(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path) + ":/usr/bin:/bin")
    assert gpus() == ()


def test_a_program_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_program(tmp_path, "exec sleep 60")
    monkeypatch.setenv("PATH", str(tmp_path) + ":/usr/bin:/bin")
    monkeypatch.setattr("agent.facts.gpus._TIMEOUT_S", 0.2)
    assert gpus() == ()
    assert subprocess.run(["true"], check=True).returncode == 0
