"""A generation is proven by the nginx that runs, or nothing has changed; one bad object keeps no other from it."""

from __future__ import annotations

import http.client
import itertools
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from agent.edge.deploying import Deployer
from agent.edge.generations import KEPT, Generations
from agent.edge.nginx import Nginx
from agent.edge.releasing import undo
from nimbus.protocol.edge import ConfigurationFile, DeployReport, FileSet, Outcome
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports

GOOD, BAD, OTHER = "virtual_host/good", "virtual_host/bad", "virtual_host/other"


class Edge:
    """A running nginx and what deploys to it."""

    def __init__(self, nginx: EdgeNginx) -> None:
        self.nginx = nginx
        self.generations = Generations(nginx.folder / "conf.d")
        seconds = itertools.count(20261130000000)
        self.deployer = Deployer(
            Nginx(nginx.place), self.generations, lambda: str(next(seconds)), quiet_s=0.2
        )
        self.deployer.adopt()

    def files(self, generation: int, *hosts: ConfigurationFile) -> FileSet:
        socket_path = self.nginx.place.generation_socket
        text = f"server {{ listen unix:{socket_path}; location = /generation {{ return 200 '{generation}'; }} }}\n"
        return FileSet(generation, (ConfigurationFile("00-nginx", text), *hosts))

    async def deploy(self, generation: int, *hosts: ConfigurationFile) -> DeployReport:
        return await self.deployer.deploy(self.files(generation, *hosts))

    def current(self) -> FileSet:
        place = self.generations.current()
        assert place is not None
        return self.generations.files(place)


@pytest.fixture
def edge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Edge]:
    """Of the newest release; of each where a test asks for it."""
    nginx = EdgeNginx(getattr(request, "param", RELEASES[-1]), tmp_path / "nginx")
    made = Edge(nginx)
    with nginx.running():
        yield made


of_each_release = pytest.mark.parametrize("edge", RELEASES, indirect=True)


def host(port: int, owner: str = GOOD, version: int = 1, extra: str = "") -> ConfigurationFile:
    name = owner.replace("/", "-").replace("_", "-")
    lines = [f"listen 127.0.0.1:{port};", f"server_name {name};", extra, f"return 200 '{owner} {version}';"]
    text = "\n".join(["server {", *lines, "}\n"])
    return ConfigurationFile(f"50-{name}", text, owner, version)


def ask(port: int, owner: str = GOOD) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": owner.replace("/", "-").replace("_", "-")})
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


@of_each_release
async def test_a_generation_is_proven_by_its_own_answer(edge: Edge) -> None:
    port, other = free_ports(2)
    assert (await edge.deploy(1, host(port))).outcome is Outcome.PROVEN
    assert ask(port) == f"{GOOD} 1"
    report = await edge.deploy(2, host(port, version=2), host(other, OTHER))
    assert report == DeployReport(2, Outcome.PROVEN)
    assert (ask(port), ask(other, OTHER)) == (f"{GOOD} 2", f"{OTHER} 1")


@of_each_release
async def test_an_object_that_does_not_pass_keeps_its_last_good_version_and_the_others_go_on(
    edge: Edge,
) -> None:
    port, other = free_ports(2)
    await edge.deploy(1, host(port), host(other, BAD))
    report = await edge.deploy(2, host(port, version=2), host(other, BAD, 2, "nonsense on;"))
    assert report.outcome is Outcome.PROVEN
    (state,) = report.objects
    assert (state.owner, state.wanted, state.served, state.problem.line) == (BAD, 2, 1, 4)
    assert state.problem.message == 'unknown directive "nonsense"'
    assert (ask(port), ask(other, BAD)) == (f"{GOOD} 2", f"{BAD} 1")


@of_each_release
async def test_a_new_object_that_does_not_pass_is_left_out(edge: Edge) -> None:
    port, other = free_ports(2)
    new = host(other, BAD, 1, "ssl_certificate /nowhere.pem;").text.replace(f":{other};", f":{other} ssl;")
    report = await edge.deploy(1, host(port), ConfigurationFile("50-bad", new, BAD, 1))
    assert report.outcome is Outcome.PROVEN
    assert [(state.owner, state.served) for state in report.objects] == [(BAD, 0)]
    assert ask(port) == f"{GOOD} 1"


@of_each_release
async def test_what_is_about_no_object_changes_nothing(edge: Edge) -> None:
    (port,) = free_ports(1)
    await edge.deploy(1, host(port))
    broken = ConfigurationFile("01-nginx", "nonsense on;\n")
    report = await edge.deploy(2, broken, host(port, version=2))
    assert (report.outcome, report.problem and report.problem.message) == (
        Outcome.REFUSED,
        'unknown directive "nonsense"',
    )
    assert ask(port) == f"{GOOD} 1"
    assert edge.current().generation == 1


@of_each_release
async def test_a_port_that_another_program_has_is_noticed_after_the_reload_and_taken_back(edge: Edge) -> None:
    """`nginx -t` takes it, the reload exits with 0, and nginx goes on with what it had."""
    port, taken = free_ports(2)
    await edge.deploy(1, host(port))
    with socket.socket() as held:
        held.bind(("127.0.0.1", taken))
        held.listen()
        report = await edge.deploy(2, host(port, version=2), host(taken, OTHER))
    assert report.outcome is Outcome.ROLLED_BACK
    assert report.problem is not None
    assert "Address already in use" in report.problem.message
    assert ask(port) == f"{GOOD} 1"
    assert edge.current().generation == 1
    assert (await edge.deploy(3, host(port, version=3))).outcome is Outcome.PROVEN


async def test_a_first_generation_that_does_not_hold_leaves_nginx_as_it_was(edge: Edge) -> None:
    (taken,) = free_ports(1)
    with socket.socket() as held:
        held.bind(("127.0.0.1", taken))
        held.listen()
        report = await edge.deploy(1, host(taken))
    assert report.outcome is Outcome.ROLLED_BACK
    assert edge.generations.current() is None
    assert edge.nginx.test() == ""


async def test_what_clients_do_while_it_is_deployed_does_not_take_it_back(edge: Edge) -> None:
    """nginx writes failed handshakes as critical: whoever connects could undo each deploy."""
    (port,) = free_ports(1)
    await edge.deploy(1, host(port))
    with edge.nginx.place.error_log.open("a") as log:
        log.write("2026/11/30 00:00:00 [crit] 1#1: *5 SSL_do_handshake() failed, client: 192.0.2.1\n")

    async def shout() -> None:
        while True:
            with edge.nginx.place.error_log.open("a") as log:
                log.write("2026/11/30 00:00:00 [crit] 1#1: *5 SSL_do_handshake() failed, client: 192.0.2.1\n")
            await trio.sleep(0.02)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(shout)
        report = await edge.deploy(2, host(port, version=2))
        nursery.cancel_scope.cancel()
    assert report.outcome is Outcome.PROVEN


async def test_an_nginx_that_does_not_run_takes_it_when_it_starts(tmp_path: Path) -> None:
    edge = Edge(EdgeNginx(RELEASES[0], tmp_path / "nginx"))
    (port,) = free_ports(1)
    assert (await edge.deploy(1, host(port))).outcome is Outcome.WRITTEN
    with edge.nginx.running(port):
        assert ask(port) == f"{GOOD} 1"
        recovered = await edge.deployer.recover()
        assert recovered is not None
        assert recovered.outcome is Outcome.PROVEN
        assert await edge.deployer.recover() is None


async def test_a_process_that_only_has_its_number_is_not_signalled(edge: Edge) -> None:
    edge.nginx.place.pid_file.write_text(str(os.getpid()))
    caught: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: caught.append(number))
    try:
        (port,) = free_ports(1)
        report = await edge.deploy(1, host(port))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (report.outcome, caught) == (Outcome.WRITTEN, [])


async def test_old_generations_go_and_the_proven_one_stays(edge: Edge) -> None:
    (port,) = free_ports(1)
    for generation in range(1, KEPT + 3):
        await edge.deploy(generation, host(port, version=generation))
    kept = [edge.generations.files(place).generation for place in edge.generations.all()]
    assert kept == list(range(3, KEPT + 3))


async def test_hand_edits_are_seen(edge: Edge) -> None:
    (port,) = free_ports(1)
    await edge.deploy(1, host(port))
    place = edge.generations.current()
    assert place is not None
    assert edge.generations.drift(place) == {}
    name = f"{host(port).name}.conf"
    (place / name).write_text("# by hand\n")
    (place / "extra.conf").write_text("# mine\n")
    (place / "00-nginx.conf").unlink()
    assert edge.generations.drift(place) == {
        name: "# by hand\n",
        "extra.conf": "# mine\n",
        "00-nginx.conf": "",
    }


async def test_release_leaves_nginx_as_it_was(edge: Edge) -> None:
    before = {"own.conf"}
    (edge.nginx.folder / "conf.d" / "own.conf").write_text("# of the operator\n")
    await edge.deploy(1, host(free_ports(1)[0]))
    undo(edge.nginx.place, edge.nginx.folder / "agent")
    assert {path.name for path in (edge.nginx.folder / "conf.d").iterdir()} == before
    assert edge.nginx.test() == ""


STEPS: dict[str, Callable[[Edge], None]] = {
    "before the folder has its name": lambda edge: (
        edge.generations.folder / ".20261130235959-2.new"
    ).mkdir(),
    "before the link is replaced": lambda edge: (edge.generations.folder / ".current.new").symlink_to("gone"),
    "after the link was replaced": lambda edge: _switched(edge),
    "when the folder behind the link is lost": lambda edge: shutil.rmtree(
        edge.generations.current() or Path()
    ),
    "when the link is lost": lambda edge: edge.generations.link.unlink(),
}


def _switched(edge: Edge) -> None:
    """To a generation that nginx was not told of."""
    ports = [
        int(word) for word in edge.current().files[1].text.replace(";", ":").split(":") if word.isdigit()
    ]
    place = edge.generations.write(edge.files(2, host(ports[0], version=2)), "20261130235959")
    edge.generations.switch(place)


@pytest.mark.parametrize("step", STEPS)
async def test_after_a_kill_it_is_one_generation_or_the_other(edge: Edge, step: str) -> None:
    (port,) = free_ports(1)
    await edge.deploy(1, host(port))
    if "lost" in step:
        await edge.deploy(2, host(port, version=2))
    STEPS[step](edge)
    await edge.deployer.recover()
    assert edge.nginx.test() == ""
    served = edge.current().generation
    assert served == (2 if step in ("after the link was replaced", "when the link is lost") else 1)
    assert (await edge.deploy(9, host(port, version=9))).outcome is Outcome.PROVEN
    assert ask(port) == f"{GOOD} 9"
