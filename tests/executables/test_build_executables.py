"""What build.py writes: reproducible, complete, nothing else."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.kit import executables
from tests.kit.executables import BASE_PYTHON, PROJECT, SHARED_CACHE, Interpreter


def layers(executable: Path) -> dict[str, zipfile.ZipFile]:
    with zipfile.ZipFile(executable) as archive:
        names = [name for name in archive.namelist() if name.startswith("site-packages/")]
        return {name: zipfile.ZipFile(io.BytesIO(archive.read(name))) for name in names}


def own(executable: Path) -> set[str]:
    return set(layers(executable)["site-packages/app@any.zip"].namelist())


def sums(project: Path) -> str:
    return (project / "dist/SHA256SUMS").read_text("ascii")


def second_build(folder: Path, python: str, umask: int) -> Path:
    """Another folder, other times, another umask; nothing shared with the first build but wheels."""
    project = executables.write_project(folder / "some where else")
    for file in project.rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
        file.chmod(0o700)
    cache = folder / "cache"
    shutil.copytree(SHARED_CACHE / "wheels", cache / "wheels")
    if python == BASE_PYTHON:
        (cache / "venv").symlink_to(SHARED_CACHE / "venv")
    executables.build(project, cache, python, umask=umask, env={**os.environ, "TZ": "Pacific/Auckland"})
    return project


def test_two_builds_are_equal_byte_for_byte(project: Path, tmp_path: Path) -> None:
    other = second_build(tmp_path, BASE_PYTHON, 0o077)
    assert sums(other) == sums(project)
    assert (other / "dist/nimbus").read_bytes() == (project / "dist/nimbus").read_bytes()


FITTING = [one for one in executables.interpreters() if one.fits]


@pytest.mark.slow
@pytest.mark.parametrize("python", FITTING, ids=str)
def test_the_python_that_builds_does_not_matter(project: Path, tmp_path: Path, python: Interpreter) -> None:
    assert sums(second_build(tmp_path, python.path, 0o000)) == sums(project)


def test_only_what_changed_is_built(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    assert "up to date" in executables.build(copy)
    (copy / "nimbus/composition/appliance.py").write_text("changed = True\n", "utf-8")
    assert "\nbuilt;" in executables.build(copy)
    ours, theirs = sums(copy).splitlines(), sums(project).splitlines()
    assert ours[0] == theirs[0], "the agent has nothing of nimbus/composition/appliance.py"
    assert ours[1] != theirs[1]


def test_a_damaged_executable_is_built_again(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    with open(copy / "dist/nimbus", "ab") as file:
        file.write(b"!")
    assert "\nbuilt;" in executables.build(copy)
    assert sums(copy) == sums(project)


def test_the_agent_ships_nothing_else_of_nimbus(agent: Path) -> None:
    names = own(agent)
    parts = ("nimbus/protocol/", "nimbus/wireguard/")
    assert {name for name in names if not name.startswith("agent/")} == {
        "nimbus/__init__.py",
        *(name for name in names if name.startswith(parts)),
    }
    assert "agent/__main__.py" in names
    assert "nimbus/protocol/__init__.py" in names


def test_the_control_plane_is_shipped_whole(nimbus: Path, agent: Path) -> None:
    names = own(nimbus)
    assert {
        "nimbus/__main__.py",
        "nimbus/db/migrations/0001_start.sql",
        "nimbus/composition/appliance.py",
    } <= names
    assert not [name for name in names if name.startswith(("agent/", "nimbus/zipapp"))]
    assert not [name for name in names if "/." in name or name.endswith(("~", ".pyc"))]
    app = layers(nimbus)["site-packages/app@any.zip"]
    packed = app.read("nimbus/assets/nimbus-agent")
    assert packed == agent.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    assert app.read("nimbus/assets/nimbus-agent.sha256").decode() == f"{digest}  nimbus-agent\n"
    unit = (PROJECT / "systemd/nimbus-api.service").read_bytes()
    assert app.read("nimbus/assets/nimbus-api.service") == unit


def test_no_file_is_left_over_from_the_wheels(nimbus: Path) -> None:
    for name, layer in layers(nimbus).items():
        if name.startswith("site-packages/deps@"):
            paths = layer.namelist()
            assert not [path for path in paths if path.endswith((".pyc", ".pyi", "/RECORD", ".c", ".h"))]
            assert not [
                path for path in paths if path.startswith(("colorama", "win_inet_pton", "trio/_tests"))
            ]
    metadata = [
        path for path in layers(nimbus)["site-packages/deps@any.zip"].namelist() if "/METADATA" in path
    ]
    assert any(path.startswith("quart-") for path in metadata)


@pytest.mark.parametrize("name", ["nimbus", "nimbus-agent"])
def test_nothing_of_the_machine_is_inside(project: Path, name: str) -> None:
    executable = project / "dist" / name
    with zipfile.ZipFile(executable) as outer:
        archives = [outer, *layers(executable).values()]
        entries = [entry for archive in archives for entry in archive.infolist()]
        start_up = b"".join(outer.read(file) for file in outer.namelist() if not file.endswith(".zip"))
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.S_IMODE(entry.external_attr >> 16) for entry in entries} <= {0o600, 0o644, 0o755}
    assert str(project).encode() not in start_up
    assert str(PROJECT).encode() not in start_up
    assert executable.read_bytes()[:23] == b"#!/usr/bin/env python3\n"
    assert stat.S_IMODE(executable.stat().st_mode) == 0o755


def test_sizes_stay_small(nimbus: Path, agent: Path) -> None:
    assert agent.stat().st_size < 25e6
    assert nimbus.stat().st_size < 60e6


def test_help_needs_nothing(tmp_path: Path) -> None:
    for command in (["--help"], ["build", "--help"], ["run", "-h"], ["lock", "--help"], ["clean", "--help"]):
        done = subprocess.run(
            [BASE_PYTHON, "-S", str(PROJECT / "build.py"), "--cache", str(tmp_path / "no"), *command],
            check=False,
            text=True,
            capture_output=True,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        assert "usage: build.py" in done.stdout
    assert not (tmp_path / "no").exists()


def test_offline_is_one_line(tmp_path: Path) -> None:
    project = executables.write_project(tmp_path / "project")
    proxies = dict.fromkeys(("https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY"), "http://127.0.0.1:9")
    settings = {"PIP_RETRIES": "0", "PIP_TIMEOUT": "2", "PIP_INDEX_URL": "https://index.invalid/simple"}
    done = subprocess.run(
        [BASE_PYTHON, str(PROJECT / "build.py"), "--source", str(project)],
        check=False,
        text=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, **proxies, **settings},
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("build.py: cannot reach a package index. Next: ")
    assert "Traceback" not in done.stderr
