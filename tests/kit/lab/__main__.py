"""`python3 build.py lab`: a fleet in network namespaces to play with, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import trio

from tests.kit.lab.lab import CONTROL_PLANE, Lab
from tests.kit.lab.options import LabOptions
from tests.kit.lab.ownership import clean

PROGRAMS = {"ip": "iproute2", "iptables": "iptables", "ping": "iputils-ping", "nsenter": "util-linux"}


def say(line: str) -> None:
    print(line, flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build.py lab", description=__doc__, allow_abbrev=False)
    default = LabOptions()
    parser.add_argument("--nodes", type=int, default=default.nodes, metavar="N", help="nodes n1, n2 ... (3)")
    parser.add_argument("--subnet", default=default.subnet, help=f"underlay ({default.subnet})")
    parser.add_argument("--overlay", default=default.overlay, help=f"overlay ({default.overlay})")
    parser.add_argument("--mesh", default=default.mesh, choices=("auto", "userspace", "kernel", "off"))
    parser.add_argument("--loss", type=float, default=0.0, metavar="PERCENT", help="packets that hosts miss")
    parser.add_argument("--heartbeat-interval", type=float, metavar="SECONDS", help="the product's: 10")
    parser.add_argument("--keep-data", type=Path, metavar="DIR", help="keep data and logs in DIR")
    parser.add_argument("--check", action="store_true", help="end after the checks")
    parser.add_argument("--clean", action="store_true", help="only remove what killed labs left")
    return parser.parse_args(arguments)


def refuse() -> str:
    """Why there can be no lab on this machine, "" when there can."""
    if os.geteuid() != 0:
        return "namespaces need root. Next: sudo python3 build.py lab"
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    return f"programs are missing. Next: apt-get install {' '.join(missing)}" if missing else ""


async def serve(options: LabOptions, *, check: bool) -> None:
    started = time.monotonic()
    async with Lab(options) as lab:
        say(f"lab {lab.prefix}: data and logs in {lab.folder}")
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=30 + options.nodes)
        say(f"{options.nodes} nodes Online after {time.monotonic() - started:.1f} s")
        if options.mesh != "off":
            await lab.wait_reachable(timeout=30 + options.nodes)
            say(f"every pair reaches every other after {time.monotonic() - started:.1f} s")
        await _describe(lab)
        if not check:
            say("Ctrl-C ends the lab and removes it.")
            await trio.sleep_forever()


async def _describe(lab: Lab) -> None:
    nodes = {node["name"]: node for node in await lab.get("/api/v1/nodes", per_page=1000)}
    width = max(len(name) for name in lab.hosts)
    say(f"\n{'HOST':<{width}}  {'UNDERLAY':<15}  {'OVERLAY':<15}  {'STATE':<8}  SHELL")
    for name, host in lab.hosts.items():
        node = nodes.get(name, {"overlay_ip": "", "state": "serves"})
        overlay = node["overlay_ip"] or "-"
        if name == CONTROL_PLANE and lab.options.mesh != "off":
            overlay = (await lab.overlay_addresses())[name]
        say(
            f"{name:<{width}}  {host.address:<15}  {overlay:<15}  {node['state']:<8}  sudo {host.folder / 'shell'}"
        )
    say("")
    if lab.options.mesh != "off":
        say((await lab.command("mesh", "status")).out)
    shell = lab.control_plane.folder / "shell"
    say(f"On {CONTROL_PLANE} `nimbus` is signed in, e.g.:  sudo {shell} nimbus node list")


async def supervise(options: LabOptions, *, check: bool) -> None:
    """Ctrl-C and SIGTERM end the lab as if it were done."""

    async def watch() -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
            async for _number in signals:
                say("ending the lab")
                nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        await serve(options, check=check)
        nursery.cancel_scope.cancel()


def main() -> int:
    given = parse(sys.argv[1:])
    reason = refuse()
    if reason:
        say(f"lab: {reason}")
        return 1
    clean(say)
    if given.clean:
        return 0
    options = LabOptions(
        nodes=given.nodes,
        subnet=given.subnet,
        overlay=given.overlay,
        mesh=given.mesh,
        loss=given.loss,
        heartbeat_interval=given.heartbeat_interval,
        data=given.keep_data,
    )
    failure = ""
    try:
        options.check()
    except ValueError as error:
        say(f"lab: {error}")
        return 2
    try:
        trio.run(lambda: supervise(options, check=given.check))
    except* AssertionError as group:
        failure = str(_first(group))
    if failure:
        say(f"lab: {failure}")
        return 1
    return 0


def _first(group: BaseExceptionGroup[AssertionError]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    sys.exit(main())
