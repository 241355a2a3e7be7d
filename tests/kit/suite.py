"""`build.py test`: install the programs that tests start, then linters and tests, each to its end.

Without arguments everything runs; with arguments only pytest, which gets them; with --only, one check by its name.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from build import BuildError, Folders, find_node, locked, web_errors, web_tools

PROJECT = Path(__file__).parents[2]

# What the tests start that is not Python: the one list, of Debian's names, with the reason for each.
# As root on Debian what is missing is installed; a test skips what it cannot find.
PACKAGES = {
    "wireguard-go": "WireGuard in user space: the mesh between namespaces, on kernels without the module",
    "wireguard-tools": "wg: looks at interfaces with another eye than Nimbus's own",
    "iproute2": "ip: network namespaces and links of the lab",
    "iptables": "packet loss and address translation in the lab",
    "iputils-ping": "ping through the mesh",
    "tcpdump": "proof that nothing crosses the wire in the clear",
    "nginx-light": "ends TLS in front of agents that sign their requests",
    "openssl": "certificates and TLS handshakes seen from outside",
    "curl": "the REST API as another client sees it; install-agent.sh",
    "wget": "install-agent.sh where there is no curl",
    "shellcheck": "install-agent.sh has no mistakes that a shell forgives",
    "systemd": "systemd-analyze verifies the units",
    "chromium": "the API's reference, and every page of ours, in a real browser",
    "bash-completion": "completion of the CLI in the shell that most have",
    "zsh": "completion of the CLI in zsh",
    "fish": "completion of the CLI in fish",
    "less": "the pager that long tables go through",
    "util-linux": "setarch and unshare: another CPU's name, namespaces",
    "nodejs": "runs the npm package oidc-provider: a real identity provider",
    "npm": "fetches that package, as its lock file says (npm ci)",
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


# Folders of tests that start processes, namespaces, browsers; they run beside the others.
SECOND_HALF = ("browser", "executables", "system", "vm")


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
    if rest:
        return run([*pytest, *rest], cwd=PROJECT).returncode
    steps = checks()
    failed = []
    for name, step in steps.items():
        print(f"--- {name}", flush=True)
        if run(step.command, cwd=step.folder, env=step.environment).returncode:
            failed.append(name)
    if both_halves(pytest) != 0:
        failed.append("pytest")
    all_passed = f"passed: {', '.join([*steps, 'pytest'])}"
    print(f"failed: {', '.join(failed)}" if failed else all_passed, flush=True)
    return 1 if failed else 0


def run_only(name: str) -> int:
    """The exit status of this check; 2 when there is none of this name, or it cannot run here."""
    steps = checks()
    if name not in steps:
        print(f"there is no check {name}. Next: one of {', '.join(steps)}.", file=sys.stderr)
        return 2
    step = steps[name]
    return run(step.command, cwd=step.folder, env=step.environment).returncode


def checks() -> dict[str, Step]:
    """All but pytest, by name."""
    tools = Path(sys.executable).parent
    return {
        "ruff": Step([str(tools / "ruff"), "check", "."]),
        "formatter": Step([str(tools / "ruff"), "format", "--check", "--quiet", "."]),
        "mypy": Step([str(tools / "mypy")]),
        "import-linter": Step([str(tools / "lint-imports")]),
        **dashboard_steps(Folders(PROJECT, PROJECT / "build")),
    }


def both_halves(pytest: list[str]) -> int:
    """Two runs of pytest at once, each of about half of the time: most tests wait more than they compute. The
    second one's output follows the first one's. The worse of both exit statuses."""
    ignored = [f"--ignore=tests/{folder}" for folder in SECOND_HALF]
    folders = [f"tests/{folder}" for folder in SECOND_HALF]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        print("--- pytest, in two halves at once", flush=True)
        second = subprocess.Popen(
            [*pytest, *folders],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            status = run([*pytest, *ignored], cwd=PROJECT).returncode
            status = max(status, second.wait())
        finally:
            second.kill()
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout)
        sys.stdout.flush()
    return status


def dashboard_steps(folders: Folders) -> dict[str, Step]:
    """The dashboard's own checks, with the Node.js that build.py builds it with; none where there is no Node.js."""
    web = folders.source / "web"
    tools = web_tools(web)
    try:
        with locked(folders), web_errors(tools):
            node = find_node(folders, tools)
            tools.install(web, node, print)
    except BuildError as error:
        print(f"the dashboard's own tests are skipped: {error}", flush=True)
        return {}
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
    missing = [name for name in wanted if f"{name} installed" not in known and not has_node(name)]
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


def has_node(package: str) -> bool:
    """Whether another Node.js than Debian's stands for this package of Debian's. apt refuses the two beside one
    another, and with them every other package of the same call."""
    program = {"nodejs": "node", "npm": "npm"}.get(package)
    return program is not None and shutil.which(program) is not None


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, text=True, **options)


if __name__ == "__main__":
    sys.exit(main())
