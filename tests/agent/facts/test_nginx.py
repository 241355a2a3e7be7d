from __future__ import annotations

from pathlib import Path

import pytest

from agent.facts.nginx import nginx_version


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("nginx version: nginx/1.26.3", "1.26.3"),
        ("nginx version: openresty/1.21.4.1", ""),
        ("Segmentation fault", ""),
    ],
)
def test_what_nginx_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: str) -> None:
    program = tmp_path / "nginx"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert nginx_version() == version


def test_a_machine_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.facts.nginx.shutil.which", lambda _name, path="": None)
    assert nginx_version() == ""
