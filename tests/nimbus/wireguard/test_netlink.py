"""The session around the library's socket: errors in our words, nothing left open, nothing of keys in a log.

What it does to interfaces is in tests/system/test_links.py; here it only looks at the machine's own loopback.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.wireguard import netlink
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.links import Link, Links
from nimbus.wireguard.netlink import Change, Session, core, ifinfmsg, rtnl

ROOT = Path(__file__).parents[3]
ANSWERS = {rtnl.RTM_NEWLINK: ifinfmsg.ifinfmsg}
NO_INDEX = 2**31 - 1


def find(name: str) -> Link | None:
    with Links() as links:
        return links.find(name)


def link(index: int = 0) -> Any:
    message = ifinfmsg.ifinfmsg()
    message["index"] = index
    return message


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_is_there_and_what_is_not() -> None:
    loopback = find("lo")
    assert loopback is not None
    assert (loopback.index, loopback.name) == (1, "lo")
    assert find("nowhere0") is None


def test_nothing_stays_open() -> None:
    find("lo")
    before = os.listdir("/proc/self/fd")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            find("lo")
            with Session(core.NETLINK_ROUTE, ANSWERS) as session, pytest.raises(DeviceError):
                session.ask(link(NO_INDEX), rtnl.RTM_GETLINK, "look")
        gc.collect()
    assert os.listdir("/proc/self/fd") == before


async def test_in_several_threads_beside_trio() -> None:
    found = []

    async def look() -> None:
        found.append(await trio.to_thread.run_sync(find, "lo"))

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(look)
    assert [link.index for link in found if link is not None] == [1] * 20


def test_what_the_kernel_refuses_is_said_in_words() -> None:
    with Session(core.NETLINK_ROUTE, ANSWERS) as session:
        with pytest.raises(DeviceError, match=r"^Cannot look at it: No such device") as asked:
            session.ask(link(NO_INDEX), rtnl.RTM_GETLINK, "look at it")
        with pytest.raises(DeviceError, match=r"^Cannot change it: (No such device|Operation not permitted)"):
            session.change([Change(link(NO_INDEX), rtnl.RTM_NEWLINK, 0, "change it")])
        assert asked.value.errno == errno.ENODEV
        assert session.ask(link(1), rtnl.RTM_GETLINK, "look at the loopback")[0]["index"] == 1


def test_a_kernel_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a change and wants no answer gets none."""
    monkeypatch.setattr(netlink, "_TIMEOUT_SECONDS", 0.05)
    with (
        Session(core.NETLINK_ROUTE, ANSWERS) as session,
        pytest.raises(DeviceError, match="Cannot wait: the kernel does not answer"),
    ):
        session.ask(link(1), rtnl.RTM_NEWLINK, "wait")


def test_a_list_that_changes_while_it_is_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag that the kernel sets then; nothing else makes it do so at will."""
    interrupted = 3
    exchange = Session._exchange

    async def flagged(self: Session, message: Any, kind: int, flags: int) -> list[Any]:
        nonlocal interrupted
        answers = await exchange(self, message, kind, flags)
        interrupted -= 1
        if interrupted >= 0:
            answers[-1]["header"]["flags"] |= core.NLM_F_DUMP_INTR
        return answers

    monkeypatch.setattr(Session, "_exchange", flagged)
    with Session(core.NETLINK_ROUTE, ANSWERS) as session:
        names = [
            each.get_attr("IFLA_IFNAME")
            for each in session.ask(link(), rtnl.RTM_GETLINK, "list", core.NLM_F_DUMP)
        ]
        assert "lo" in names
        interrupted = 100
        with pytest.raises(DeviceError, match="it keeps changing"):
            session.ask(link(), rtnl.RTM_GETLINK, "list", core.NLM_F_DUMP)


def test_no_socket_can_be_had() -> None:
    code = """
import resource
from nimbus.wireguard.links import Links
from nimbus.wireguard.errors import MeshUnavailable
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    Links()
except MeshUnavailable as error:
    print(error.cause, error.message)
"""
    assert python(code) == "no_netlink No netlink socket can be opened: Too many open files"


def test_the_library_logs_no_messages(caplog: pytest.LogCaptureFixture) -> None:
    """A message about a WireGuard device holds its keys, and the library's debug lines hold messages."""
    with caplog.at_level(logging.DEBUG):
        find("lo")
    assert caplog.records == []


def test_only_what_is_needed_is_imported() -> None:
    code = """
import sys
import agent.app, agent.join, agent.leave, nimbus.wireguard.local_routes
print([name for name in sys.modules if name.split(".")[0] in ("pyroute2", "asyncio")])
from nimbus.wireguard import kernel_device, userspace_device
with userspace_device.Links() as links:
    links.routes()
print(sorted({name.split(".")[1] for name in sys.modules if name.startswith("pyroute2.")}))
"""
    without, with_device = python(code).splitlines()
    assert without == "[]"
    assert with_device == str(
        ["common", "config", "netlink", "netns", "process", "requests", "statsd"]
    ).replace('"', "'")


def test_the_whole_library_may_be_there_already() -> None:
    code = """
import pyroute2
from nimbus.wireguard.links import Links
with Links() as links:
    print(links.find("lo").index, hasattr(pyroute2, "IPRoute"))
"""
    assert python(code) == "1 True"
