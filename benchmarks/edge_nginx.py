"""What a deploy costs on one edge with a real nginx (of Debian's newest release that can be fetched).

The texts are those of the control plane for hosts of one location, without TLS. The agent's deployer writes
them as a generation, checks it, switches to it, has it loaded and asks nginx which generation answers. Its wait for
a quiet error log is left out. The peer is what an operator does by hand with the same files: change one of them,
`nginx -t`, reload, and wait for the new answer. A deploy that is taken back is one with a host on a port that
another program has: nginx says so only after it was told to reload.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio

from agent.edge.deploying import Deployer
from agent.edge.generations import Generations
from agent.edge.nginx import Nginx
from benchmarks.control_plane import temporary_folder
from benchmarks.result import Result, percentile, within
from nimbus.edge.rendering.virtual_hosts import HostVersion, UsedTemplate, render
from nimbus.edge.virtual_hosts.configuration import EdgePaths
from nimbus.edge.virtual_hosts.records import Location, VirtualHostSpec
from nimbus.edge.virtual_hosts.rules import checked
from nimbus.edge.whole_nginx import whole_nginx
from nimbus.protocol.edge import ConfigurationFile, FileSet, Outcome
from nimbus.protocol.nginx.upstreams import Server, upstream_block
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports

HOSTS, FEW_HOSTS, ROUNDS, RELOADS = 1000, 100, 10, 20
QUICK_HOSTS, QUICK_ROUNDS, QUICK_RELOADS = 100, 3, 5
CLIENTS = 4
MANY_MS, OVER_BARE, BACK_MS = 5000.0, 1.2, 1000.0
ANSWERED_S = 60.0
PAUSE_S = 0.2


class _Edge:
    """A running nginx with so many hosts, and what deploys to it."""

    def __init__(self, folder: Path, hosts: int) -> None:
        self.nginx = EdgeNginx(RELEASES[-1], folder)
        self.port, self.back = free_ports(2)
        self._hosts = [self._host(number, 1) for number in range(hosts)]
        self._numbers = itertools.count(1)
        seconds = itertools.count(20261130000000)
        self.generations = Generations(folder / "conf.d")
        self.running = Nginx(self.nginx.place)
        self.deployer = Deployer(self.running, self.generations, lambda: str(next(seconds)), quiet_s=0)
        self.deployer.adopt()

    def _host(self, number: int, version: int, port: int = 0) -> list[ConfigurationFile]:
        identity = f"0198c0de-0000-7000-8000-{number:012x}"
        spec = VirtualHostSpec(
            server_name=(f"host-{number}.example.com",),
            ssl_enabled=False,
            listen_port=port or self.port,
            locations=(Location(path="/", proxy_pass=f"http://127.0.0.1:{self.back}/{version}/"),),
        )
        version_of = HostVersion(identity, version, checked(spec), UsedTemplate("default", 0), {})
        folder = self.nginx.folder
        paths = EdgePaths(str(folder), str(folder / "challenges.sock"), str(folder / "requests.log"))
        made = render(version_of, self.nginx.dialect, has_ipv6=False, paths=paths)
        self.listens = made.listens
        owner = f"virtual_host/{identity}"
        blocks = [
            ConfigurationFile(f"10-{name}", upstream_block(name, [Server(found.address)]), owner, version)
            for name, found in made.backends.items()
        ]
        return [*blocks, ConfigurationFile(f"50-{identity}", made.text, owner, version)]

    def head(self, generation: int) -> ConfigurationFile:
        text = whole_nginx(
            self.nginx.dialect,
            self.listens,
            has_ipv6=False,
            generation=generation,
            generation_socket=str(self.nginx.place.generation_socket),
            access_log=str(self.nginx.folder / "requests.log"),
        )
        return ConfigurationFile("00-nginx", text)

    def next_files(self, more: list[ConfigurationFile]) -> FileSet:
        """With the first host in another version."""
        number = next(self._numbers)
        self._hosts[0] = self._host(0, number)
        files = [self.head(number), *itertools.chain.from_iterable(self._hosts), *more]
        return FileSet(number, tuple(sorted(files, key=lambda file: file.name)))

    async def deploy(
        self, expected: Outcome = Outcome.PROVEN, more: list[ConfigurationFile] | None = None
    ) -> float:
        """Milliseconds until it is proven, or taken back."""
        files = self.next_files(more or [])
        began = time.perf_counter()
        report = await self.deployer.deploy(files)
        spent = 1000 * (time.perf_counter() - began)
        if report.outcome is not expected:
            raise RuntimeError(f"the deploy ended as {report.outcome}: {report.problem}")
        return spent

    async def by_hand(self) -> float:
        """Milliseconds until it answers."""
        files = self.next_files([])
        place = self.generations.current()
        assert place is not None
        began = time.perf_counter()
        for file in files.files:
            if file.name == "00-nginx" or file in self._hosts[0]:
                (place / f"{file.name}.conf").write_text(file.text)
        found = await self.running.check(self.nginx.place.main)
        if any(complaint.is_fatal for complaint in found):
            raise RuntimeError(f"nginx does not take it: {found}")
        self.running.reload()
        with trio.fail_after(ANSWERED_S):
            while await self.running.generation() != str(files.generation):
                await trio.sleep(0.01)
        return 1000 * (time.perf_counter() - began)

    def taken(self, port: int) -> list[ConfigurationFile]:
        """A host on a port of another program."""
        return self._host(10**6, 1, port)


def run(quick: bool = False) -> list[Result]:
    """About 90 s, quick 15."""
    results = []
    with temporary_folder() as folder:
        hosts, rounds = (QUICK_HOSTS, QUICK_ROUNDS) if quick else (HOSTS, ROUNDS)
        results += trio.run(_against_hand, folder / "nginx", hosts, rounds)
    with temporary_folder() as folder:
        results.append(trio.run(_under_load, folder / "nginx", QUICK_RELOADS if quick else RELOADS))
    with temporary_folder() as folder:
        results.append(trio.run(_taken_back, folder / "nginx", 2 if quick else ROUNDS))
    return results


async def _against_hand(folder: Path, hosts: int, rounds: int) -> list[Result]:
    edge = _Edge(folder, hosts)
    with edge.nginx.running():
        await edge.deploy()
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(await edge.by_hand())
            await trio.sleep(PAUSE_S)
            ours.append(await edge.deploy())
            await trio.sleep(PAUSE_S)
    mine, bare = percentile(ours, 0.5), percentile(theirs, 0.5)
    name = f"edge: deploy with {hosts} hosts"
    how = f"p50 of {rounds}, one host changed; by hand {bare:.0f} ms, in turns"
    over = round(mine / bare, 2)
    return [
        within(f"{name}, until it is proven", percentile(ours, 0.99), "ms", MANY_MS, f"p99 of {rounds}"),
        Result(
            f"{name}, against nginx -t and reload",
            round(mine, 1),
            "ms",
            f"<= {OVER_BARE:g} of by hand",
            over,
            over <= OVER_BARE,
            how,
        ),
    ]


async def _under_load(folder: Path, reloads: int) -> Result:
    edge = _Edge(folder, FEW_HOSTS)
    answers: list[bool] = []
    with edge.nginx.running():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.serve_tcp, _answer, edge.back, host="127.0.0.1"))
            await edge.deploy()
            is_over = trio.Event()
            async with trio.open_nursery() as clients:
                for _ in range(CLIENTS):
                    clients.start_soon(_ask_until, edge.port, is_over.is_set, answers)
                for _ in range(reloads):
                    await edge.deploy()
                is_over.set()
            nursery.cancel_scope.cancel()
    failed = answers.count(False)
    how = f"{len(answers)} requests of {CLIENTS} clients, each with its connection, {FEW_HOSTS} hosts"
    return Result(
        f"edge: failed requests over {reloads} reloads", failed, "requests", "0", None, failed == 0, how
    )


async def _answer(stream: trio.SocketStream) -> None:
    async with stream:
        await stream.receive_some(4096)
        await stream.send_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")


async def _ask_until(port: int, is_over: Callable[[], bool], answers: list[bool]) -> None:
    request = b"GET / HTTP/1.1\r\nHost: host-0.example.com\r\nConnection: close\r\n\r\n"
    while not is_over():
        try:
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                await stream.send_all(request)
                answer = b"".join([bytes(piece) async for piece in stream])
        except (OSError, trio.BrokenResourceError):
            answer = b""
        answers.append(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"ok"))


async def _taken_back(folder: Path, rounds: int) -> Result:
    edge = _Edge(folder, FEW_HOSTS)
    with edge.nginx.running(), socket.create_server(("0.0.0.0", 0)) as other:
        await edge.deploy()
        spent = []
        for _ in range(rounds):
            spent.append(await edge.deploy(Outcome.ROLLED_BACK, edge.taken(other.getsockname()[1])))
            await trio.sleep(PAUSE_S)
    how = (
        f"p99 of {rounds}, p50 {percentile(spent, 0.5):.0f} ms: the whole deploy, from its order until what was "
        "served before is proven again"
    )
    return within(
        f"edge: a deploy taken back with {FEW_HOSTS} hosts", percentile(spent, 0.99), "ms", BACK_MS, how
    )
