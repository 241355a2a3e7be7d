"""kill -9 before and after each step of a deploy, and the agent that comes after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.edge.generations import Generations
from agent.edge.nginx import Nginx
from nimbus.protocol.edge import Outcome
from tests.agent.edge.test_deploying import Edge, ask, host
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports

STEPS: dict[str, tuple[type, str]] = {
    "write": (Generations, "write"),
    "check": (Nginx, "check"),
    "switch": (Generations, "switch"),
    "reload": (Nginx, "reload"),
    "answer": (Nginx, "generation"),
    "prove": (Generations, "prove"),
    "drop": (Generations, "drop_old"),
}


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(step: str, when: str) -> None:
    """From now on this process does not outlive that step."""
    kind, name = STEPS[step]
    real: Callable[..., Any] = getattr(kind, name)

    async def later(*arguments: Any) -> Any:
        if when == "before":
            die()
        await real(*arguments)
        die()

    def at_once(*arguments: Any) -> Any:
        if when == "before":
            die()
        real(*arguments)
        die()

    setattr(kind, name, later if step in ("check", "answer") else at_once)


def deploy_and_die(edge: Edge, port: int, step: str, when: str) -> None:
    child = os.fork()
    if child == 0:
        try:
            killed(step, when)
            trio.run(edge.deploy, 2, host(port, version=2))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_what_is_served_is_whole(tmp_path: Path, step: str, when: str) -> None:
    nginx = EdgeNginx(RELEASES[-1], tmp_path / "nginx")
    edge = Edge(nginx)
    (port,) = free_ports(1)
    with nginx.running():
        assert trio.run(edge.deploy, 1, host(port)).outcome is Outcome.PROVEN
        deploy_and_die(edge, port, step, when)
        # At every moment nginx could be started with what is there.
        assert nginx.test() == ""
        assert ask(port) in ("virtual_host/good 1", "virtual_host/good 2")
        trio.run(edge.deployer.recover)
        served = edge.current().generation
        assert ask(port) == f"virtual_host/good {served}"
        current = edge.generations.current()
        assert current is not None
        assert edge.generations.is_proven(current)
        assert trio.run(edge.deploy, 3, host(port, version=3)).outcome is Outcome.PROVEN
        assert ask(port) == "virtual_host/good 3"
