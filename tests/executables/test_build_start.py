"""What happens when an executable starts: which Python, where it unpacks, whom it trusts."""

from __future__ import annotations

import ast
import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nimbus import zipapp
from nimbus.zipapp import cache as cache_folder
from nimbus.zipapp import interpreter, settings
from nimbus.zipapp import start as start_up
from tests.kit.executables import BASE_PYTHON, Interpreter, interpreters, one_line, report, start

PYTHONS = interpreters()
FITTING = [one for one in PYTHONS if one.fits]
UNFIT = [one for one in PYTHONS if not one.fits]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change owners and mount")


def builds(root: Path) -> list[str]:
    """What the cache folder holds, without the lock of the folder itself."""
    return sorted(set(os.listdir(root)) - {".lock"})


@pytest.mark.parametrize("python", FITTING, ids=str)
@pytest.mark.parametrize("name", ["nimbus", "nimbus-agent"])
def test_every_fitting_python_runs_it(project: Path, root: Path, python: Interpreter, name: str) -> None:
    executable = project / "dist" / name
    answer = report(start(executable, "report", root=root, python=python.path))
    assert tuple(answer["python"][:2]) == python.version
    assert answer["arguments"] == [str(executable), "report"]
    assert {file.startswith(f"{root}/{name}-") for file in answer["files"]} == {True}
    assert answer["path"][0].startswith(str(root))
    assert not [path for path in answer["path"] if path.endswith(("site-packages", "dist-packages"))]
    assert not [path for path in answer["path"] if path == str(executable)]
    unit = "nimbus-api.service" if name == "nimbus" else "nimbus-agent.service"
    assert unit in answer["assets"]
    assert oct(root.stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("python", UNFIT, ids=str)
def test_an_unfit_python_says_so_in_one_line(nimbus: Path, root: Path, python: Interpreter) -> None:
    line = one_line(start(nimbus, "report", root=root, python=python.path))
    assert re.match(r"nimbus: needs 64-bit CPython 3\.11 to 3\.14; this is (Python|pypy) ", line), line
    assert ".".join(map(str, python.version)) in line
    assert "Next: " in line
    assert not root.exists()


@pytest.mark.parametrize("python", UNFIT, ids=str)
def test_an_unfit_python_hands_over_to_a_fitting_one(
    nimbus: Path, root: Path, python: Interpreter, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/python3.14").write_text("#!/bin/sh\nexit 127\n", "utf-8")  # as a pyenv shim does
    (tmp_path / "broken/python3.14").chmod(0o755)
    (tmp_path / "good").mkdir()
    chosen = FITTING[-1]
    (tmp_path / "good" / f"python3.{chosen.version[1]}").symlink_to(chosen.path)
    path = f"relative:{tmp_path}/broken:{tmp_path}/good"
    done = start(nimbus, "report", "a b", root=root, python=python.path, environment={"PATH": path})
    answer = report(done)
    assert tuple(answer["python"][:2]) == chosen.version
    assert answer["arguments"] == [str(nimbus), "report", "a b"]


def test_no_python_fits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A fake range of versions, for machines that have no old Python to show it with."""
    monkeypatch.setattr(settings, "PYTHON_MIN", (3, 97))
    monkeypatch.setattr(settings, "PYTHON_MAX", (3, 99))
    with pytest.raises(SystemExit) as ended:
        zipapp.main()
    assert ended.value.code == 1
    line = capsys.readouterr().err
    assert line.startswith("nimbus: needs 64-bit CPython 3.97 to 3.99; this is Python 3.")
    assert line.count("\n") == 1


@pytest.mark.parametrize("module", [zipapp, interpreter, settings])
def test_old_pythons_can_read_what_they_are_given(module: ModuleType) -> None:
    """A SyntaxError would hide the one line; Python 2.7 knows no annotations and no f-strings."""
    tree = ast.parse(Path(str(module.__file__)).read_text("ascii"), feature_version=(3, 4))
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef))
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs


@pytest.mark.skipif(shutil.which("setarch") is None, reason="setarch is not installed")
def test_a_foreign_cpu_is_refused_in_one_line(nimbus: Path, root: Path) -> None:
    setarch = str(shutil.which("setarch"))
    line = one_line(start(nimbus, root=root, before=[setarch, "linux32"]))
    assert re.match(r"nimbus: runs on Linux on x86_64 and aarch64; this is Linux on \w+\. Next: ", line)
    assert not root.exists()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ValueError("unrecognized configuration name"), "another C library (musl?)"),
        ("", "another C library (musl?)"),
        ("glibc 2.27", "this system has glibc 2.27"),
        ("glibc x", "another C library"),
    ],
)
def test_another_c_library_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: object, says: str
) -> None:
    """A fake C library: no Python built for musl can be had from Debian."""

    def fake_confstr(name: str) -> str:
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    monkeypatch.setattr(os, "confstr", fake_confstr)
    with pytest.raises(SystemExit) as ended:
        start_up.check_host()
    assert ended.value.code == 1
    line = capsys.readouterr().err
    assert says in line
    assert line.count("\n") == 1


def test_many_first_starts_at_once(nimbus: Path, root: Path) -> None:
    command = [BASE_PYTHON, str(nimbus), "--version"]
    environment = {"PATH": "/nonexistent", "SHIV_ROOT": str(root)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out, err) == (0, "nimbus stand-in\n", "")
    assert len(builds(root)) == 1


def wait_for(path: Path, name_part: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not (path.is_dir() and any(name_part in name for name in os.listdir(path))):
        assert time.monotonic() < deadline, f"nothing like {name_part} appeared in {path}"
        os.sched_yield()


def test_killed_while_unpacking(nimbus: Path, root: Path) -> None:
    environment = {"PATH": "/nonexistent", "SHIV_ROOT": str(root)}
    process = subprocess.Popen(
        [BASE_PYTHON, str(nimbus), "--version"], env=environment, stdout=subprocess.PIPE
    )
    try:
        wait_for(root, ".new-")
        process.send_signal(signal.SIGSTOP)
        assert [name for name in builds(root) if not name.startswith(".new-")] == []
    finally:
        process.kill()
        process.communicate(timeout=10)
    assert builds(root)[0].startswith(".new-nimbus-")
    done = start(nimbus, "--version", root=root)
    assert (done.returncode, done.stderr) == (0, "")
    assert [name[:7] for name in builds(root)] == ["nimbus-"]
    report(start(nimbus, "report", root=root))


def test_a_build_whose_lock_was_deleted_is_unpacked_again(nimbus: Path, root: Path) -> None:
    start(nimbus, "--version", root=root)
    (build,) = builds(root)
    (root / build / ".lock").unlink()
    shutil.rmtree(root / build / "trio")
    report(start(nimbus, "report", root=root))


def test_a_damaged_executable_is_one_line(nimbus: Path, root: Path, tmp_path: Path) -> None:
    content = bytearray(nimbus.read_bytes())
    with contextlib.suppress(ValueError):
        position = content.index(b"deps@any.zip") + 2000
        content[position : position + 200] = bytes(200)
    damaged = tmp_path / "nimbus"
    damaged.write_bytes(content)
    line = one_line(start(damaged, "--version", root=root))
    assert "is damaged" in line
    assert builds(root) == []


def old_build(root: Path, number: int, agent: bool = False) -> Path:
    """An older build as it would lie there; a higher number was unpacked later."""
    name = f"nimbus-{'agent-' if agent else ''}{number:016x}-cpython-310-x86_64"
    folder = root / name
    folder.mkdir(parents=True)
    (folder / ".lock").touch()
    os.utime(folder / ".lock", (number, number))
    return folder


def test_old_builds_go_but_those_in_use_stay(nimbus: Path, root: Path) -> None:
    root.mkdir(mode=0o700)
    in_use, unused, newest = old_build(root, 1), old_build(root, 2), old_build(root, 3)
    of_another = old_build(root, 4, agent=True)
    (root / "not-ours").mkdir()
    with open(in_use / ".lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert start(nimbus, "--version", root=root).returncode == 0
        assert in_use.is_dir()
    assert not unused.exists()
    assert newest.is_dir()
    assert of_another.is_dir()
    assert (root / "not-ours").is_dir()


def test_a_running_executable_holds_its_build(nimbus: Path, root: Path) -> None:
    environment = {"PATH": "/nonexistent", "SHIV_ROOT": str(root)}
    command = [BASE_PYTHON, str(nimbus), "hold"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        (build,) = builds(root)
        with open(root / build / ".lock", "rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.communicate("", timeout=20)
    with open(root / build / ".lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach; pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="nimbus-start-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


NOBODY: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
# Root's own interpreters, such as pyenv's below /root, are out of reach for another user.
PUBLIC = [one.path for one in FITTING if one.path.startswith("/usr/")]
as_nobody = pytest.mark.skipif(not PUBLIC, reason="no Python below /usr for another user to run")


@as_root
@pytest.mark.root
@pytest.mark.parametrize("where", ["cache", "above", "link"])
def test_a_folder_of_another_user_is_refused(nimbus: Path, open_folder: Path, where: str) -> None:
    cache = open_folder / "home/cache"
    cache.mkdir(parents=True)
    planted = cache if where == "cache" else cache.parent
    os.chown(planted, 12345, 12345)
    root = cache
    if where == "link":
        root = open_folder / "link"
        root.symlink_to(cache)
    line = one_line(start(nimbus, "--version", root=root))
    assert f"{planted} belongs to user 12345, not to user 0" in line
    assert "set SHIV_ROOT to a folder of your own" in line
    assert builds(cache) == []


@as_root
@pytest.mark.root
def test_a_build_planted_by_another_user_is_refused(nimbus: Path, root: Path) -> None:
    assert start(nimbus, "--version", root=root).returncode == 0
    (build,) = builds(root)
    os.chown(root / build, 12345, 12345)
    assert "belongs to user 12345" in one_line(start(nimbus, "--version", root=root))
    os.chown(root / build, 0, 0)
    (root / build).chmod(0o777)
    assert "other users can write" in one_line(start(nimbus, "--version", root=root))


@pytest.mark.parametrize("mode", [0o777, 0o702])
def test_a_folder_that_others_can_write_is_refused(nimbus: Path, root: Path, mode: int) -> None:
    root.mkdir()
    root.chmod(mode)
    assert f"other users can write {root}" in one_line(start(nimbus, "--version", root=root))
    assert builds(root) == []


def test_a_sticky_folder_above_will_do(nimbus: Path, tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    assert start(nimbus, "--version", root=shared / "mine").returncode == 0
    assert "other users can write" in one_line(start(nimbus, "--version", root=shared))


def test_folders_are_private_whatever_the_umask(nimbus: Path, tmp_path: Path) -> None:
    root = tmp_path / "a/b/cache"
    assert start(nimbus, "--version", root=root, umask=0).returncode == 0
    (build,) = builds(root)
    for folder in (root.parent, root, root / build):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert [
        path for path in (root / build).rglob("*") if path.is_file() and path.stat().st_mode & 0o022
    ] == []


@as_root
@as_nobody
@pytest.mark.root
def test_no_home_and_no_variable(nimbus: Path) -> None:
    line = one_line(start(nimbus, "--version", root=None, python=PUBLIC[0], **NOBODY))
    assert line.startswith(
        "nimbus: cannot unpack into /nonexistent/.cache/nimbus (Permission denied). Next: "
    )
    assert "set SHIV_ROOT to a folder of your own" in line


@as_root
@as_nobody
@pytest.mark.root
def test_another_user_has_a_cache_of_its_own(nimbus: Path, open_folder: Path) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o755)
    os.chown(home, 65534, 65534)
    options = {"python": PUBLIC[0], "environment": {"HOME": str(home)}, **NOBODY}
    done = start(nimbus, "--version", root=None, **options)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(builds(home / ".cache/nimbus")) == 1


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@as_root
@pytest.mark.root
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("size=4m", "the disk of {root} is full. Next: free "),
        ("ro", "cannot unpack into {root} (Read-only file system). Next: set SHIV_ROOT to "),
        (
            "noexec",
            "cannot load extension modules from {root}: it is mounted noexec. Next: set SHIV_ROOT to ",
        ),
    ],
)
def test_a_folder_that_cannot_hold_it(nimbus: Path, tmp_path: Path, options: str, says: str) -> None:
    with mounted(tmp_path / "cache", options) as root:
        line = one_line(start(nimbus, "--version", root=root))
        assert says.format(root=root) in line
        assert builds(root) == []


@pytest.mark.parametrize(
    ("variables", "uid", "expected"),
    [
        ({"SHIV_ROOT": "/srv/cache"}, 0, "/srv/cache"),
        ({"SHIV_ROOT": "", "HOME": "/home/mallory"}, 0, "/var/cache/nimbus"),
        ({"XDG_CACHE_HOME": "/home/mallory/c"}, 0, "/var/cache/nimbus"),
        ({"HOME": "/home/ann"}, 1000, "/home/ann/.cache/nimbus"),
        ({"HOME": "/home/ann", "XDG_CACHE_HOME": "/c"}, 1000, "/c/nimbus"),
        ({"HOME": "/home/ann", "XDG_CACHE_HOME": "relative"}, 1000, "/home/ann/.cache/nimbus"),
        ({"HOME": "/home/ann", "SHIV_ROOT": "~/x"}, 1000, "/home/ann/x"),
    ],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], uid: int, expected: str
) -> None:
    for name in ("SHIV_ROOT", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert cache_folder.cache_root() == expected


@pytest.mark.parametrize(
    "variables", [{}, {"SHIV_ROOT": "~nobody-has-this-name/x"}, {"XDG_CACHE_HOME": "relative"}]
)
def test_without_a_home_there_is_no_folder_named_after_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As for a user id that no list of users has."""
    for name in ("SHIV_ROOT", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    with pytest.raises(SystemExit):
        cache_folder.cache_root()
    assert "no home directory. Next: set HOME, or SHIV_ROOT" in capsys.readouterr().err
