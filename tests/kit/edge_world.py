"""A control plane with simulated edges in a thread of its own, for pages that a browser opens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import trio

from nimbus.client.client import Client
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.dashboard import PASSWORD
from tests.kit.fake_edge import FakeEdge, keep_working

START_S = 60.0
T = TypeVar("T")


class EdgeWorld:
    """`admin` signs in with PASSWORD at `url`. All of it may be called from the thread of the test."""

    def __init__(self) -> None:
        self._plane: ControlPlane
        self._token: trio.lowlevel.TrioToken
        self._end: trio.Event
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        host, port = self._plane.api_address
        return f"https://{host}:{port}"

    def run(self, work: Callable[[ControlPlane], Awaitable[T]]) -> T:
        return trio.from_thread.run(work, self._plane, trio_token=self._token)

    def call(self, work: Callable[[Client], T]) -> T:
        """`work` with the administrator's client."""
        return self.run(lambda plane: plane.call(work))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.call(lambda client: client.post(path, body))

    def edge(self, name: str, **report: Any) -> FakeEdge:
        """A node that has joined, and serves what is deployed to it. `report`: what it says of itself."""

        async def work(plane: ControlPlane) -> FakeEdge:
            edge = FakeEdge(await plane.agent(name))
            await plane.post("/api/v1/edges", {"node": name})
            await edge.settle()
            await edge.beat()
            edge.says = report
            await edge.say()
            plane.nursery.start_soon(work_on, edge)
            return edge

        return self.run(work)

    def node(self, name: str) -> FakeEdge:
        """A node that has joined and is no edge yet; it does what it is told."""

        async def work(plane: ControlPlane) -> FakeEdge:
            edge = FakeEdge(await plane.agent(name))
            await edge.beat()
            plane.nursery.start_soon(work_on, edge)
            return edge

        return self.run(work)

    def say(self, edge: FakeEdge, **report: Any) -> None:
        """From now on, with each report."""
        edge.says |= report
        self.run(lambda _plane: edge.say())

    # In the other thread.

    def serve(self, folder: Path) -> None:
        try:
            trio.run(self._serve, folder)
        except BaseException as failure:
            self._failure = failure
            self._ready.set()
            raise

    async def _serve(self, folder: Path) -> None:
        self._token, self._end = trio.lowlevel.current_trio_token(), trio.Event()
        async with control_plane(folder) as self._plane:
            await self._plane.post("/api/v1/users/admin/password", {"password": PASSWORD})
            self._ready.set()
            await self._end.wait()

    def until_ready(self) -> None:
        assert self._ready.wait(START_S), "the control plane did not start"
        assert self._failure is None, self._failure

    def end(self) -> None:
        self._token.run_sync_soon(self._end.set)


async def work_on(edge: FakeEdge) -> None:
    """Also after its connection was lost."""
    while True:
        await edge.agent.link.wait_connected()
        await keep_working(edge)


@contextmanager
def edge_world(folder: Path) -> Iterator[EdgeWorld]:
    world = EdgeWorld()
    thread = threading.Thread(target=world.serve, args=(folder,))
    thread.start()
    try:
        world.until_ready()
        yield world
    finally:
        world.end()
        thread.join()
