"""`build.py test`: install the programs that tests start, then linters and tests, each to its end.

Without arguments everything runs; with arguments only pytest, which gets them; with --only, one check by its name.
What a test lacked is named at the end; in continuous integration as root (CI=true) it fails the run. A few tests
that failed run once more when all have ended; those that pass then are named as unstable.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from build import BuildError, Folders, find_node, locked, web_errors, web_tools
from tests.kit import second_try
from tests.kit.left_out import left_out, must_be_whole, summary

PROJECT = Path(__file__).parents[2]
FOLDERS = Folders(PROJECT, PROJECT / "build")
# What runs of pytest say, as they go.
OUTPUT = PROJECT / "build" / "tests"

# What the tests start that is not Python: the one list, of Debian's names, with the reason for each.
# As root on Debian what is missing is installed; a test skips what it cannot find. Node.js is not among them: tests
# have the one that builds the dashboard (tests/kit/nodejs.py), whatever the release of Debian has.
PACKAGES = {
    "wireguard-go": "WireGuard in user space: the mesh between namespaces, on kernels without the module",
    "wireguard-tools": "wg: looks at interfaces with another eye than Nimbus's own",
    "iproute2": "ip: network namespaces and links of the lab",
    "iptables": "packet loss and address translation in the lab",
    "nftables": "nft: the node's own table of packet filter rules",
    "iputils-ping": "ping through the mesh",
    "tcpdump": "proof that nothing crosses the wire in the clear",
    "nginx-light": "ends TLS in front of agents that sign their requests",
    "tinyproxy-bin": "an HTTP proxy that wants a password, between an agent and the control plane",
    "openssl": "certificates and TLS handshakes seen from outside",
    "curl": "the REST API as another client sees it; install-agent.sh",
    "wget": "install-agent.sh where there is no curl",
    "shellcheck": "install-agent.sh has no mistakes that a shell forgives",
    "systemd": "systemd-analyze verifies the units",
    "chromium": "the API's reference, and every page of ours, in a real browser",
    "bash-completion": "completion of the CLI in the shell that most have",
    "zsh": "completion of the CLI in zsh",
    "fish": "completion of the CLI in fish",
    "postgresql-15": "the second engine of the database: its own server for a run of tests",
    "libpq5": "through which the control plane speaks with it",
    "less": "the pager that long tables go through",
    "util-linux": "setarch and unshare: another CPU's name, namespaces",
    "pypy3": "a Python that the executables do not run on: they say so, and find one that fits",
    "libatomic1": "Playwright's driver, which opens the pages in chromium, is linked with it",
}
VM_PACKAGES = {
    "qemu-system-x86": "boots a Debian kernel that has WireGuard, NFS and systemd",
    "busybox-static": "the first program of that kernel",
    "cpio": "packs its initial file system",
    "kmod": "depmod lists its modules",
}
SLOW_PACKAGES = {
    "qemu-user-static": "runs an aarch64 Python on x86_64",
    "debootstrap": "fetches that Python, and newer ones than Debian 12 has",
    "default-jre-headless": "runs Keycloak",
    "maven": "fetches Keycloak's distribution",
}


class Run(NamedTuple):
    """Of pytest: these paths of tests/, on this engine of the database."""

    name: str
    paths: tuple[str, ...]
    engine: str = "sqlite"


# The longest first, and small ones at the end: so those that run at once end at about the same time.
RUNS = (
    # One after the other: they share the machine's interfaces.
    Run("browsers, executables, namespaces", ("browser", "executables", "system", "vm")),
    Run("journeys on PostgreSQL", ("flows",), "postgresql"),
    Run("journeys", ("flows",)),
    Run("fleet on PostgreSQL", ("nimbus/fleet", "nimbus/composition", "nimbus/appliance"), "postgresql"),
    Run("people, trust, records", ("nimbus/people", "nimbus/trust", "nimbus/records")),
    Run(
        "other stores on PostgreSQL",
        (
            "nimbus/db",
            "nimbus/records",
            "nimbus/people",
            "nimbus/trust",
            "nimbus/correspondence",
            "nimbus/edge/sections",
            "nimbus/edge/edges",
            "nimbus/edge/deployments",
            "nimbus/edge/access_logs",
            "nimbus/edge/certificates",
        ),
        "postgresql",
    ),
)
# What no other run has is in this one; but for what is about the second engine, and had there.
THE_REST = "everything else"
ONLY_ON_POSTGRESQL = ("nimbus/db/postgresql",)
# More than the two cores that it is meant for: most tests wait more than they compute.
AT_ONCE = 3


class Step(NamedTuple):
    command: list[str]
    folder: Path = PROJECT
    environment: dict[str, str] | None = None


def main() -> int:
    parser = argparse.ArgumentParser(prog="build.py test", description=__doc__, allow_abbrev=False)
    parser.add_argument("--vm", action="store_true", help="also the tests that boot a Debian kernel")
    parser.add_argument("--slow", action="store_true", help="also those that take minutes")
    parser.add_argument("--only", metavar="CHECK", help="one check alone: ruff, mypy, biome, tsc, ...")
    options, rest = parser.parse_known_args()
    if options.only:
        return run_only(options.only)
    install(PACKAGES | (VM_PACKAGES if options.vm else {}) | (SLOW_PACKAGES if options.slow else {}))
    kinds = ([] if options.vm else ["not vm"]) + ([] if options.slow else ["not slow"])
    pytest = [sys.executable, "-m", "pytest", "-m", " and ".join(kinds)]
    return only_pytest([*pytest, *rest]) if rest else everything(pytest)


def only_pytest(pytest: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="nimbus-tests-") as folder:
        results = Path(folder) / "results.xml"
        status = run([*pytest, f"--junitxml={results}"], cwd=PROJECT).returncode
        incomplete = told_left_out([results])
        return status or incomplete


def everything(pytest: list[str]) -> int:
    steps, failed = checks(), []
    try:
        steps |= dashboard_steps(FOLDERS)
    except BuildError as error:
        print(f"--- dashboard\n{error}", flush=True)
        failed.append("dashboard")
    for name, step in steps.items():
        print(f"--- {name}", flush=True)
        if run(step.command, cwd=step.folder, env=step.environment).returncode:
            failed.append(name)
    commands = pytest_commands(pytest)
    failed += at_once(commands)
    print(
        f"failed: {', '.join(failed)}" if failed else f"passed: {', '.join([*steps, *commands])}", flush=True
    )
    return 1 if failed else 0


def run_only(name: str) -> int:
    """The exit status of this check; 2 when there is none of this name, or it cannot run here."""
    try:
        steps = checks() | dashboard_steps(FOLDERS)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 2
    if name not in steps:
        print(f"there is no check {name}. Next: one of {', '.join(steps)}.", file=sys.stderr)
        return 2
    step = steps[name]
    return run(step.command, cwd=step.folder, env=step.environment).returncode


def checks() -> dict[str, Step]:
    """The linters, by name."""
    tools = Path(sys.executable).parent
    return {
        "ruff": Step([str(tools / "ruff"), "check", "."]),
        "formatter": Step([str(tools / "ruff"), "format", "--check", "--quiet", "."]),
        "mypy": Step([str(tools / "mypy")]),
        "import-linter": Step([str(tools / "lint-imports")]),
    }


def pytest_commands(pytest: list[str]) -> dict[str, list[str]]:
    """Every test at least once, and what stores something on both engines: by name of the run."""
    commands = {
        run.name: [*pytest, "--engine", run.engine, *(f"tests/{path}" for path in run.paths)] for run in RUNS
    }
    elsewhere = [path for run in RUNS if run.engine == "sqlite" for path in run.paths]
    ignored = [f"--ignore=tests/{path}" for path in (*elsewhere, *ONLY_ON_POSTGRESQL)]
    return {**commands, THE_REST: [*pytest, *ignored, "tests"]}


def at_once(commands: dict[str, list[str]]) -> list[str]:
    """Run these, in this order, a few at a time; what one says is printed when it has ended. Those that failed."""
    printing = threading.Lock()
    OUTPUT.mkdir(parents=True, exist_ok=True)

    def run_one(command: list[str], name: str) -> int:
        output, begun = OUTPUT / f"{name.replace(' ', '-').replace(',', '')}.txt", time.monotonic()
        print(f"--- pytest, {name}: begins; follow it in {output}", flush=True)
        with output.open("w", encoding="utf-8") as stream:
            status = run(command, cwd=PROJECT, stdout=stream, stderr=subprocess.STDOUT).returncode
        with printing:
            print(f"--- pytest, {name}: {time.monotonic() - begun:.0f} s", flush=True)
            print(output.read_text("utf-8", errors="replace"), flush=True)
        return status

    with tempfile.TemporaryDirectory(prefix="nimbus-tests-") as folder:
        results = [Path(folder) / f"{number}.xml" for number in range(len(commands))]
        # Each with a cache of its own: two that run at once would write to one.
        whole = [
            [*command, "-o", f"cache_dir={file.with_suffix('')}", f"--junitxml={file}"]
            for command, file in zip(commands.values(), results, strict=True)
        ]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            statuses = list(threads.map(run_one, whole, commands))
        failed, left_out_status = [], told_left_out(results)
        unstable: list[str] = []
        for name, command, status, file in zip(commands, whole, statuses, results, strict=True):
            chance = second_try.pass_alone(command, status, file, functools.partial(run, cwd=PROJECT))
            unstable += chance
            failed += [name] if status and not chance else []
        if unstable:
            print(second_try.summary(unstable), flush=True)
        return [*failed, *(["what was left out"] if left_out_status else [])]


def told_left_out(results: list[Path]) -> int:
    """Prints what these runs left out; 1 when that is a failure."""
    reasons = left_out(results)
    if reasons:
        print(summary(reasons), flush=True)
    if reasons and must_be_whole():
        print("failed: with CI=true as root no test may be left out", flush=True)
        return 1
    return 0


def dashboard_steps(folders: Folders) -> dict[str, Step]:
    """The dashboard's own checks, with the Node.js that build.py builds it with. Raises BuildError."""
    web = folders.source / "web"
    tools = web_tools(web)
    with locked(folders), web_errors(tools):
        node = find_node(folders, tools)
        tools.install(web, node, print)
    environment = tools.environment_of(node)
    return {
        "biome": Step([*node.npm, "run", "--silent", "check"], web, environment),
        "tsc": Step([*node.npm, "exec", "--no", "--", "tsc", "--noEmit"], web, environment),
        "vitest": Step([*node.npm, "run", "--silent", "test"], web, environment),
    }


def install(wanted: dict[str, str]) -> None:
    """Install what is missing as root on Debian; else name it: its tests will be skipped."""
    if shutil.which("dpkg-query") is None:
        print("not Debian: tests whose programs are missing are skipped; tests/kit/suite.py lists them")
        return
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *wanted]
    known = run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()
    missing = [name for name in wanted if f"{name} installed" not in known]
    if missing and os.geteuid() == 0:
        print("apt-get install " + " ".join(missing), flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-q"], env=environment)
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
        if run([*command, *missing], env=environment).returncode == 0:
            return
        # One that cannot be had must not keep the others away.
        missing = [name for name in missing if run([*command, name], env=environment).returncode != 0]
    for name in missing:
        print(f"not installed, so its tests are skipped: {name} ({wanted[name]})", flush=True)


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, text=True, **options)


if __name__ == "__main__":
    sys.exit(main())
