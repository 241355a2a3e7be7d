"""install-agent.sh, served by a real control plane and run on a host that has nothing yet."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.executables import PROJECT
from tests.kit.lab import Finished, Lab, LabHost
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
SCRIPT = PROJECT / "nimbus/http/install-agent.sh"
# What the script may use besides Python and one of curl and wget.
TOOLS = ["cat", "chmod", "cut", "grep", "id", "mkdir", "mktemp", "mv", "rm", "sed", "sh", "sha256sum"]
TOOLS += ["tail", "tee"]
# /usr/local/bin and systemd are the real machine's: not for this script.
APART = (
    "mount -t tmpfs tmpfs /usr/local/bin && { [ ! -d /run/systemd ] || mount -t tmpfs tmpfs /run/systemd; }"
    ' && exec "$@"'
)


def write_program(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    file.chmod(0o755)


async def run_apart(host: LabHost, *command: str, **options: str) -> Finished:
    """With an empty /usr/local/bin, and without systemd."""
    return await host.run("unshare", "--mount", "sh", "-c", APART, "sh", *command, timeout=120, **options)  # type: ignore[arg-type]


class Newcomer:
    """A host with the script and the CA, and a folder of programs in front of its PATH."""

    def __init__(self, lab: Lab, host: LabHost) -> None:
        self.lab = lab
        self.host = host
        self.programs = host.folder / "programs"
        self.programs.mkdir()
        host.environment["PATH"] = f"{self.programs}:{host.environment['PATH']}"
        self.prefix = host.folder / "prefix"
        self.agent = self.prefix / "bin/nimbus-agent"
        self.script = host.folder / "install.sh"
        self.ca = host.folder / "ca.crt"
        self.url = f"https://{lab.control_plane.address}:8443"

    async def fetch(self) -> Newcomer:
        for path, file in (("/install-agent.sh", self.script), ("/v1/ca", self.ca)):
            done = await self.host.run("curl", "-fsSk", self.url + path, "-o", os.fspath(file))
            assert done.status == 0, done
        assert self.script.read_bytes() == SCRIPT.read_bytes()
        return self

    async def install(self, *words: str, **options: str) -> Finished:
        given = ["--url", self.url, "--ca", os.fspath(self.ca), "--prefix", os.fspath(self.prefix), *words]
        return await self.host.run("sh", os.fspath(self.script), *given, timeout=120, **options)  # type: ignore[arg-type]


def refused(done: Finished, *parts: str, status: int = 1) -> None:
    """One line, and it names what to do."""
    assert (done.status, done.out) == (status, ""), done
    assert len(done.err.splitlines()) == 1, done
    assert done.err.startswith("install-agent: "), done
    assert all(part in done.err for part in parts), done


@pytest.mark.parametrize("check", ["dash -n", "shellcheck -s sh"])
def test_the_script_is_posix(check: str) -> None:
    program, *options = check.split()
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    command = [program, *options, os.fspath(SCRIPT)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def test_the_printed_command_makes_a_node(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane()
        host = lab["n1"]
        programs = host.folder / "programs"
        programs.mkdir()
        write_program(programs / "sudo", 'exec "$@"')
        host.environment["PATH"] = f"{programs}:{host.environment['PATH']}"
        made = await lab.nimbus("node", "token", "--name", "n1")
        done = await run_apart(host, "sh", "-c", made["command"])
        assert done.status == 0, done
        assert "/usr/local/bin/nimbus-agent" in done.err
        assert "Start the agent with: /usr/local/bin/nimbus-agent run" in done.line, done
        assert made["token"] not in done.out + done.err
        await lab.start_agent(host)
        await lab.wait_online()
        await lab.wait_reachable()


async def test_it_installs_joins_and_may_be_run_again(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="off") as lab:
        await lab.start_control_plane()
        new = await Newcomer(lab, lab["n1"]).fetch()
        token = await lab.token()
        # A download program that looks for the token on every command line of the machine.
        seen = new.host.folder / "seen"
        curl = shutil.which("curl")
        write_program(
            new.programs / "curl",
            f"for file in /proc/[0-9]*/cmdline; do grep -q {token[-40:]} $file 2>/dev/null && cat $file; done"
            f' | grep -v "^grep" >>{seen}\nexec {curl} "$@"',
        )
        done = await new.install(token, "--name", "web")
        assert done.status == 0, done
        assert token not in seen.read_text("utf-8", "replace")
        assert seen.exists()
        assert new.agent.stat().st_mode & 0o7777 == 0o755
        assert new.agent.read_bytes() == (lab.folder / "bin/nimbus-agent").read_bytes()
        assert [file.name for file in new.agent.parent.iterdir()] == ["nimbus-agent"]
        assert token not in done.err
        assert [node["name"] for node in await lab.get("/api/v1/nodes")] == ["web"]

        for word, stdin in ((await lab.token(), ""), ("-", await lab.token())):
            again = await new.install(word, stdin=stdin)
            assert again.status == 0, again
            assert "is up to date" in again.err
            assert "stays the node that it is" in again.err
        new.agent.write_bytes(b"half of it")
        mended = await new.install(await lab.token())
        assert mended.status == 0, mended
        assert new.agent.read_bytes() == (lab.folder / "bin/nimbus-agent").read_bytes()


@pytest.mark.parametrize("program", ["wget", ""])
async def test_another_way_to_download(make_lab: MakeLab, program: str) -> None:
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    async with make_lab(nodes=1, mesh="off") as lab:
        await lab.start_control_plane()
        new = await Newcomer(lab, lab["n1"]).fetch()
        for name in [*TOOLS, *([program] if program else [])]:
            (new.programs / name).symlink_to(str(shutil.which(name)))
        (new.programs / "python3").symlink_to(lab.folder / "bin/python3")
        new.host.environment["PATH"] = os.fspath(new.programs)
        stranger = lab.control_plane.folder / "stranger.crt"
        subject = [
            "-subj",
            "/CN=stranger",
            "-days",
            "2",
            "-nodes",
            "-keyout",
            os.devnull,
            "-out",
            str(stranger),
        ]
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *subject],
            check=False,
            capture_output=True,
            timeout=30,
        )
        assert made.returncode == 0, made.stderr
        refused(await new.install(await lab.token(), "--ca", os.fspath(stranger)), "--ca is its CA")
        done = await new.install(await lab.token())
        assert done.status == 0, done
        assert len(await lab.get("/api/v1/nodes")) == 1


async def test_what_it_refuses(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="off") as lab:
        await lab.start_control_plane()
        new = await Newcomer(lab, lab["n1"]).fetch()
        token = await lab.token()
        refused(await new.install(), "token is missing", status=2)
        refused(await new.install(token, "--url", "http://192.0.2.1"), "https://", status=2)
        refused(await new.install(token, "--ca", "/nonexistent"), "--ca must name", status=2)
        refused(await new.install("not-a-token"), "not a join token", status=2)
        refused(await new.install(token, "--frobnicate"), "--frobnicate", status=2)
        refused(
            await new.install(token, "--url", "https://192.0.2.1:9"), "cannot be fetched", "check the address"
        )

        curl = shutil.which("curl")
        write_program(
            new.programs / "curl",
            f'{curl} "$@" && case "$*" in *.sha256) ;; *) for f; do [ "$p" = -o ] '
            '&& echo more >>"$f"; p=$f; done ;; esac',
        )
        refused(await new.install(token), "another SHA-256", "nothing was installed")
        write_program(new.programs / "curl", f'exec {curl} "$@"')
        assert not new.agent.exists()
        assert list(new.agent.parent.iterdir()) == []

        (new.host.folder / "file").write_text("")
        refused(await new.install(token, "--prefix", f"{new.host.folder}/file"), "--prefix")

        bare = new.host.folder / "bare"
        bare.mkdir()
        for name in (*TOOLS, "curl"):
            (bare / name).symlink_to(str(shutil.which(name)))
        refused(await new.install(token, env={"PATH": os.fspath(bare)}), "no Python from 3.11 to 3.14")  # type: ignore[arg-type]

        # The join's own failure is the last line, with its status; the agent stays installed.
        bad = await new.install(token[:-4] + "AAAA")
        assert (bad.status, bad.line.rpartition(" ")[2]) == (1, "[TOKEN_MALFORMED]"), bad
        # And none of this used the token up.
        done = await new.install(token)
        assert done.status == 0, done
