"""A fleet that is made, looked at and cut down from the dashboard alone: real hosts, real tunnels, a browser that
runs on one of them. The dashboard is for the mesh (`listen_console = mesh`): nobody outside it finds a page."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import pytest
import trio
from playwright.sync_api import Browser, Page, expect

from tests.kit.dashboard import EXECUTABLE, PASSWORD, Dashboard, chromium, dashboard
from tests.kit.lab import Lab, LabHost
from tests.system.conftest import MakeLab

pytestmark = [pytest.mark.root, pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")]
T = TypeVar("T")
SLOW_MS = 30_000
# /usr/local/bin and systemd are the real machine's: not for the script that installs the agent.
APART = (
    "mount -t tmpfs tmpfs /usr/local/bin && { [ ! -d /run/systemd ] || mount -t tmpfs tmpfs /run/systemd; }"
    ' && exec "$@"'
)


@contextmanager
def browser_on(host: LabHost) -> Iterator[Browser]:
    """Chromium in the host's network."""
    starter = host.folder / "chromium"
    starter.write_text(f'#!/bin/sh\nexec {shlex.join(host.namespace.prefix)} {EXECUTABLE} "$@"\n', "utf-8")
    starter.chmod(0o755)
    with chromium(executable=str(starter)) as started:
        yield started


def in_lab(work: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
    """A step of the lab, from the thread that the browser has for itself."""
    return trio.from_thread.run(partial(work, *arguments, **options))


def join(lab: Lab, page: Page, host: LabHost) -> None:
    """With the command that the page shows, as it is shown; the page then turns into the node's."""
    page.get_by_label("Name", exact=True).fill(host.name)
    page.get_by_role("button", name="Create command").click()
    command = page.get_by_label("Command for the new machine", exact=True).first.text_content() or ""
    programs = host.folder / "programs"
    programs.mkdir()
    (programs / "sudo").write_text('#!/bin/sh\nexec "$@"\n', "utf-8")
    (programs / "sudo").chmod(0o755)
    host.environment["PATH"] = f"{programs}:{host.environment['PATH']}"
    done = in_lab(host.run, "unshare", "--mount", "sh", "-c", APART, "sh", "sh", "-c", command, timeout=120)
    assert done.status == 0, done
    expect(page.get_by_role("heading", name=host.name)).to_be_visible(timeout=SLOW_MS)
    in_lab(lab.start_agent, host)
    expect(page.get_by_text("Online", exact=True).first).to_be_visible(timeout=SLOW_MS)


def make_the_fleet(lab: Lab, operator: Dashboard) -> None:
    token = (lab.control_plane.data / "setup-token").read_text("utf-8").strip()
    page = operator.set_up(token)
    expect(page.get_by_role("heading", name="Join your first node")).to_be_visible()
    join(lab, page, lab["n1"])
    join(lab, operator.open("/nodes/join"), lab["n2"])


def look_at_the_mesh(operator: Dashboard) -> None:
    page = operator.open("/mesh?from=n1&to=n2")
    why = page.locator("section", has=page.get_by_role("heading", name="Why", exact=True))
    expect(why.get_by_text("n1 and n2")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/mesh/probes")) as asked:
        page.get_by_role("button", name="Run probe").click()
    assert asked.value.ok, asked.value.text()
    # Nobody touches the page: what was measured comes to it.
    expect(why.get_by_text("Direct", exact=True).first).to_be_visible(timeout=SLOW_MS)
    expect(why.get_by_text("no answer")).to_have_count(0, timeout=SLOW_MS)
    expect(page.get_by_text("No problems in measured pairs")).to_be_visible()


def revoke(lab: Lab, page: Page, host: LabHost) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_label(f"Type {host.name} to confirm").fill(host.name)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("table", name="Nodes")).to_have_attribute("aria-rowcount", "2", timeout=SLOW_MS)
    in_lab(host.wait_problem, "CERTIFICATE_REVOKED")


def in_browsers(lab: Lab, inside: str, outside: str) -> None:
    """Playwright wants one thread from its start to its end."""
    with browser_on(lab.control_plane) as browser:
        operator = dashboard(browser, inside)
        operator.context.set_default_timeout(SLOW_MS)
        make_the_fleet(lab, operator)
        look_at_the_mesh(operator)
        assert operator.problems == []
    with browser_on(lab["n1"]) as browser:
        member = dashboard(browser, inside)
        answer = member.page.goto(f"{outside}/nodes")
        assert answer is not None
        assert (answer.status, "NOT_FOUND" in member.page.content()) == (404, True)
        page = member.sign_in("admin", PASSWORD, "/nodes/n2")
        expect(page.get_by_role("heading", name="n2")).to_be_visible()
        revoke(lab, page, lab["n2"])
        assert member.problems == []


async def test_a_fleet_from_the_first_administrator_to_a_revoked_node(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        address = lab.control_plane.address
        await lab.start_control_plane(
            bootstrap=False, listen="0.0.0.0:8443", advertise=address, listen_console="mesh"
        )
        own = next(ipaddress.ip_network(lab.options.overlay).hosts())
        await trio.to_thread.run_sync(in_browsers, lab, f"https://{own}:8443", f"https://{address}:8443")
