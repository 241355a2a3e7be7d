"""The lab: a control plane and nodes, each a host of its own, with the executables of dist/ in them."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import trio

from nimbus.client.client import Client
from nimbus.client.profiles import load_profile
from nimbus.protocol.errors import NimbusError
from tests.kit.lab import ownership
from tests.kit.lab.host import LabHost
from tests.kit.lab.network import Namespace, Switch
from tests.kit.lab.options import LabOptions
from tests.kit.lab.processes import Finished, Process
from tests.kit.lab.waiting import wait_until

T = TypeVar("T")
CONTROL_PLANE = "control-plane"
API_PORT = 8443
WIREGUARD_PORT = 51820
# The interpreter under the test environment: the executables bring their own packages.
PYTHON = Path(sys.executable).resolve()
_JOINS_AT_ONCE = 4
_PINGS_AT_ONCE = 16


class Lab:
    """`async with Lab(options) as lab`: the hosts exist, nothing runs yet. Afterwards nothing is left."""

    def __init__(self, options: LabOptions | None = None) -> None:
        self.options = options or LabOptions()
        self.options.check()
        self.processes: list[Process] = []
        self.hosts: dict[str, LabHost] = {}
        self.server: Process | None = None
        self.operator = ""
        """The user whose `nimbus` it is; "" for root."""
        self._client: Client | None = None

    async def __aenter__(self) -> Lab:
        self._registration = ownership.register()
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with trio.CancelScope(shield=True):
            for process in reversed(self.processes):
                process.signal(15)
            with trio.move_on_after(6):
                for process in self.processes:
                    await process.wait()
            self._remove()

    def _make(self) -> None:
        if self.options.data is None:
            self.folder = Path(tempfile.mkdtemp(prefix=f"nimbus-lab-{self.prefix}-")).resolve()
            self._registration.note_data(self.folder)
        else:
            self.options.data.mkdir(mode=0o755, parents=True, exist_ok=True)
            self.folder = self.options.data.resolve()
        self.folder.chmod(0o755)
        self.cache = self.options.cache or self.folder / "cache"
        self._take_executables()
        self.switch = Switch(f"{self.prefix}-switch")
        self.add_host(CONTROL_PLANE)
        for number in range(1, self.options.nodes + 1):
            self.add_host(f"n{number}")

    def _take_executables(self) -> None:
        """A build in between does not change what this lab runs."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for name in ("nimbus", "nimbus-agent"):
            shutil.copy2(self.options.dist / name, folder / name)
        for name in ("python3", f"python3.{sys.version_info[1]}"):
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(PYTHON)

    def _remove(self) -> None:
        for host in self.hosts.values():
            host.namespace.remove()
        if hasattr(self, "switch"):
            self.switch.remove()
        ownership.remove_all(self._registration)
        for process in self.processes:
            process.running  # noqa: B018 - asks, and so reaps

    @property
    def prefix(self) -> str:
        """Begins every name that this lab gives."""
        return self._registration.prefix

    @property
    def control_plane(self) -> LabHost:
        return self.hosts[CONTROL_PLANE]

    @property
    def nodes(self) -> list[LabHost]:
        """Every host but the control plane's."""
        return [host for name, host in self.hosts.items() if name != CONTROL_PLANE]

    def __getitem__(self, name: str) -> LabHost:
        return self.hosts[name]

    def add_host(self, name: str) -> LabHost:
        """One more host on the underlay."""
        number = len(self.hosts)
        namespace = Namespace(f"{self.prefix}-{name}")
        try:
            port = self.switch.plug_in(namespace, number, self.options.address(number))
        except BaseException:
            namespace.remove()
            raise
        host = self.hosts[name] = LabHost(self, name, number, namespace, port)
        host.lose(self.options.loss)
        return host

    def program(self, name: str) -> list[str]:
        """The beginning of a command that runs an executable of dist/."""
        return [os.fspath(PYTHON), os.fspath(self.folder / "bin" / name)]

    # The control plane.

    def server_flags(self, host: LabHost | None = None, **flags: Any) -> list[str]:
        """The flags of `nimbus api`: those of the lab, with `flags` over them."""
        host = host or self.control_plane
        given: dict[str, Any] = {
            "data_dir": host.data,
            "listen": f"{host.address}:{API_PORT}",
            "interface": host.interface,
            "endpoint": f"{host.address}:{WIREGUARD_PORT}",
            "overlay": self.options.overlay,
            "mesh": self.options.mesh,
            "heartbeat_interval": self.options.heartbeat_interval,
            **flags,
        }
        pairs = [
            ["--" + name.replace("_", "-"), str(value)] for name, value in given.items() if value is not None
        ]
        return [word for pair in pairs for word in pair]

    async def start_control_plane(self, *, bootstrap: bool = True, **flags: Any) -> Process:
        """Run `nimbus api`, wait until it serves, and make the administrator when there is none."""
        host = self.control_plane
        command = [*self.program("nimbus"), "api", *self.server_flags(**flags)]
        self.server = await host.start("nimbus-api", *command)
        self._client = None
        if bootstrap and not (host.folder / "config").exists():
            done = await host.run(*self.program("nimbus"), "bootstrap", "--data-dir", str(host.data))
            assert done.status == 0, done.err
        return self.server

    async def command(self, *arguments: str, stdin: str = "", timeout: float = 60.0) -> Finished:
        """`nimbus ARGUMENTS` on the control plane's host, whatever it ends with."""
        return await self.control_plane.run(
            *self.program("nimbus"), *arguments, stdin=stdin, timeout=timeout, user=self.operator
        )

    async def nimbus(self, *arguments: str, timeout: float = 60.0) -> Any:
        """The JSON that `nimbus ARGUMENTS -o json` prints."""
        done = await self.command(*arguments, "-o", "json", timeout=timeout)
        assert done.status == 0, f"nimbus {' '.join(arguments)}: {done.err}"
        return json.loads(done.out)

    async def api(self, call: Callable[[Client], T]) -> T:
        """Call the REST client from the control plane's host, on one kept connection. Raises NimbusError."""

        def call_with_client() -> T:
            if self._client is None:
                variables = {"XDG_CONFIG_HOME": self.control_plane.environment["XDG_CONFIG_HOME"]}
                self._client = Client(load_profile(None, variables))
            return call(self._client)

        return await self.control_plane.namespace.call(call_with_client)

    async def get(self, path: str, **query: Any) -> Any:
        return await self.api(lambda client: client.get(path, **query))

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.api(lambda client: client.post(path, body))

    async def node_states(self) -> dict[str, str]:
        """Name to state of every node; empty while the control plane does not answer."""
        try:
            nodes = await self.api(lambda client: client.get_all("/api/v1/nodes"))
        except NimbusError:
            return {}
        return {node["name"]: node["state"] for node in nodes}

    # Nodes.

    async def token(self, name: str = "", **options: str) -> str:
        """A join token; `options` are flags of `nimbus node token`."""
        words = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", value)]
        made = await self.nimbus("node", "token", *(["--name", name] if name else []), *words)
        return str(made["token"])

    async def join(self, host: LabHost, token: str, *arguments: str, **options: Any) -> Finished:
        """`nimbus-agent join` on a host; the token goes through standard input."""
        mesh = ["--mesh", self.options.mesh] if self.options.mesh in ("userspace", "kernel") else []
        return await host.nimbus_agent("join", "-", *mesh, *arguments, stdin=token, **options)

    async def start_agent(
        self, host: LabHost, *, env: Mapping[str, str] | None = None, user: str = ""
    ) -> Process:
        """Run `nimbus-agent run` on a host that has joined."""
        command = [*self.program("nimbus-agent"), "run"]
        host.agent = await host.start("nimbus-agent", *command, env=env, user=user)
        return host.agent

    async def make_node(self, host: LabHost, token: str = "") -> None:
        """Token, join, run."""
        done = await self.join(host, token or await self.token(host.name))
        assert done.status == 0, f"{host.name}: {done.err}"
        await self.start_agent(host)

    async def make_nodes(self, hosts: Iterable[LabHost] | None = None) -> None:
        """Every host becomes a node, a few at a time; overlay addresses follow the order of the hosts."""
        limit = trio.CapacityLimiter(_JOINS_AT_ONCE)

        async def make(host: LabHost, token: str) -> None:
            async with limit:
                await self.make_node(host, token)

        tokens = [(host, await self.token(host.name)) for host in hosts or self.nodes]
        async with trio.open_nursery() as nursery:
            for host, token in tokens:
                nursery.start_soon(make, host, token)

    async def wait_state(self, state: str, names: Iterable[str], timeout: float = 15.0) -> None:
        """Until the API shows all of `names` in `state`."""
        wanted = dict.fromkeys(names, state)
        states: dict[str, str] = {}

        async def reached() -> bool:
            nonlocal states
            states = await self.node_states()
            return {name: states.get(name) for name in wanted} == wanted

        with contextlib.suppress(AssertionError):
            await wait_until("", reached, timeout=timeout)
        assert {name: states.get(name) for name in wanted} == wanted, self._explain(states)

    def _explain(self, states: dict[str, str]) -> str:
        logs = [f"{process.name} {process.pid}: {process.tail(3)}" for process in self.processes]
        return "\n".join([f"the nodes are {states}", *logs])

    async def wait_online(self, names: Iterable[str] | None = None, timeout: float = 15.0) -> None:
        await self.wait_state("Online", names or [host.name for host in self.nodes], timeout)

    async def overlay_addresses(self) -> dict[str, str]:
        """Name to overlay address, the control plane's first."""
        first = next(iter(ipaddress.ip_network(self.options.overlay).hosts()))
        nodes = await self.api(lambda client: client.get_all("/api/v1/nodes"))
        return {CONTROL_PLANE: str(first)} | {node["name"]: node["overlay_ip"] for node in nodes}

    async def unreachable_pairs(self, addresses: Mapping[str, str]) -> list[tuple[str, str]]:
        """Pairs of which the first has no echo from the second over the overlay."""
        silent: list[tuple[str, str]] = []
        limit = trio.CapacityLimiter(_PINGS_AT_ONCE)

        async def ask(from_: str, to: str) -> None:
            async with limit:
                if not await self.hosts[from_].ping(addresses[to]):
                    silent.append((from_, to))

        async with trio.open_nursery() as nursery:
            for from_ in addresses:
                for to in addresses:
                    if from_ != to:
                        nursery.start_soon(ask, from_, to)
        return silent

    async def wait_reachable(self, names: Sequence[str] | None = None, timeout: float = 20.0) -> None:
        """Until every pair of hosts reaches each other over the overlay."""
        addresses = await self.overlay_addresses()
        addresses = {name: addresses[name] for name in names or addresses}
        silent: list[tuple[str, str]] = []

        async def reached() -> bool:
            nonlocal silent
            silent = await self.unreachable_pairs(addresses)
            return not silent

        with contextlib.suppress(AssertionError):
            await wait_until("", reached, timeout=timeout)
        assert not silent, f"no way over the overlay after {timeout:g} s: {silent}"

    async def wait_reachable_from(
        self, host: LabHost, addresses: Iterable[str], timeout: float = 20.0
    ) -> None:
        """Until a host has an echo from each address; asks no control plane."""
        for address in addresses:

            async def answers(address: str = address) -> bool:
                return await host.ping(address)

            await wait_until(f"{address} answers {host.name}", answers, timeout=timeout)
