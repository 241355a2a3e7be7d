"""The section `edge`: followed always, and served while this node is an edge.

Of a node that never was one nothing but this is loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from agent.edge.desired import DesiredEdge
from agent.following import Following
from agent.link import ControlPlaneLink
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.edge import DeployReport, Outcome
from nimbus.protocol.messages import HealthCheck

if TYPE_CHECKING:
    from agent.edge.edge import Edge, Find
    from agent.edge.fetching import Fetching
    from agent.edge.lifecycle import Action
    from agent.edge.nginx import NginxPlace
    from nimbus.protocol.kinds import CheckedFile, NginxCheckResult

CHECK = "edge"
# In the edge's folder while this node is one.
CERTIFICATES = "certificates"
# How long an order waits for the section that it is about.
PATIENCE_S = 60.0
_ASK_AGAIN_S = 1.0
_RELEASE_AGAIN_S = 60.0
log = logging.getLogger("nimbus.edge")


class NoEdge(Exception):
    """What was ordered cannot be done, in words for people."""


class EdgeApplier:
    """Belongs to the Trio thread. `folder` is the agent's for its edge. `program` and `main` are nginx and its
    configuration as set on this machine, "" where they are to be found."""

    def __init__(
        self,
        node_id: str,
        desired: DesiredEdge,
        link: ControlPlaneLink,
        folder: Path,
        *,
        program: str = "",
        main: str = "",
        find: Find | None = None,
        quiet_s: float | None = None,
        on_applied: Callable[[], None] = lambda: None,
    ) -> None:
        self._node_id, self._desired, self._link, self._folder = node_id, desired, link, folder
        self._program, self._main, self._find, self._quiet_s = program, main, find, quiet_s
        self._on_applied = on_applied
        self._published = desired.revision
        self._following = Following(log, "the edge cannot follow the control plane")
        self._moved = trio.Event()
        self._edge: Edge | None = None
        self._scope: trio.CancelScope | None = None
        self._fetched: Fetching | None = None
        self._problem = self._certificate_problem = ""
        self._certificate_work = trio.Lock()
        # What the node was an edge of when its agent ended is released only once it is told so.
        self._is_to_release = False

    @property
    def applied(self) -> int:
        return self._desired.revision

    @property
    def is_current(self) -> bool:
        return self._desired.revision == self._published

    @property
    def is_used(self) -> bool:
        return self._desired.is_edge

    @property
    def edge(self) -> Edge | None:
        """None: this node is no edge."""
        return self._edge

    @property
    def summary(self) -> str:
        """What is served, in a line; "" where this node is no edge."""
        if not self._desired.is_edge:
            return ""
        problem = self.check().message
        report = self._edge.report_of_deploy if self._edge else None
        served = (
            f"generation {report.generation} is {report.outcome.value}" if report else "nothing is served yet"
        )
        return served.replace("_", " ") + (f": {problem}" if problem else "")

    def check(self) -> HealthCheck:
        problem = self._problem or self._certificate_problem or (self._edge.problem if self._edge else "")
        if not problem and self._edge is not None and (report := self._edge.report_of_deploy) is not None:
            bad = report.outcome in (Outcome.REFUSED, Outcome.ROLLED_BACK)
            problem = report.problem.message if bad and report.problem else ""
        return HealthCheck(CHECK, healthy=not problem, message=problem)

    def learn(self, revision: int) -> None:
        """The control plane has this revision (0: this node never was an edge)."""
        self._published = revision
        if revision and revision != self._desired.revision:
            self._following.has_news()

    async def settle(self, seconds: float) -> None:
        """Wait until what was learned is here, or cannot be had now; no longer than that."""
        await self._following.settle(seconds)

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            if self._desired.is_edge:
                self._begin(nursery)
            elif (self._folder / CERTIFICATES).is_dir():
                # It ended before nginx was as it had been.
                self._edge, self._is_to_release = self._make(), True
            nursery.start_soon(self._following.run, partial(self._follow, nursery), self._has_followed)
            nursery.start_soon(self._finish_forever)

    def _has_followed(self, attempts: Attempts) -> None:
        self._problem = f"the edge cannot follow: {attempts.error}" if attempts.failed else ""

    async def _follow(self, nursery: trio.Nursery) -> None:
        fetching = self._fetching()
        news = await fetching.news(self._desired)
        if news is None:
            return
        self._desired.accept(*news)
        await self._desired.store()
        self._published = max(self._published, self._desired.revision)
        if self._desired.is_edge:
            self._begin(nursery)
            await self.fetch_certificates()
            assert self._edge is not None
            self._edge.use()
        elif self._edge is not None:
            self._end()
        self._has_moved()
        self._on_applied()

    def _has_moved(self) -> None:
        moved, self._moved = self._moved, trio.Event()
        moved.set()

    def _fetching(self) -> Fetching:
        if self._fetched is None:
            from agent.edge.fetching import Fetching

            self._fetched = Fetching(self._node_id, self._link)
        return self._fetched

    async def fetch_certificates(self) -> None:
        """Those that are lacking. Raises LinkDown."""
        from agent.edge.certificates import CertificateUnusable
        from agent.edge.fetching import NotFetched

        if self._edge is None:
            return
        folder, problem = self._edge.certificates, ""
        async with self._certificate_work:
            wanted = self._desired.document.certificates
            for one in await trio.to_thread.run_sync(folder.lacking, wanted):
                try:
                    files = await self._fetching().certificate(one)
                    await trio.to_thread.run_sync(folder.save, one, files)
                except (CertificateUnusable, NotFetched) as error:
                    problem = error.message
                except OSError as error:
                    problem = f"certificate {one.id} cannot be stored: {error.strerror or error}"
                else:
                    self._edge.certificate_came()
        if problem and problem != self._certificate_problem:
            log.warning("%s", problem)
        self._certificate_problem = problem

    def _begin(self, nursery: trio.Nursery) -> None:
        if self._edge is not None and not self._is_to_release:
            return
        self._is_to_release = False
        self._edge = self._edge or self._make()
        self._scope = trio.CancelScope()
        nursery.start_soon(self._serve, self._edge, self._scope)
        self._has_moved()

    def _make(self) -> Edge:
        from agent.edge.deploying import QUIET_S
        from agent.edge.edge import Edge

        quiet_s = QUIET_S if self._quiet_s is None else self._quiet_s
        return Edge(self._folder, self._desired, self._finder(), quiet_s=quiet_s)

    def _finder(self) -> Find:
        from agent.edge.nginx import LOADED_SOCKET
        from agent.edge.places import find

        def look() -> tuple[NginxPlace, str]:
            mode = self._desired.document.settings.mode
            return find(mode, self._folder / LOADED_SOCKET, self._program, self._main)

        return self._find or look

    async def _serve(self, edge: Edge, scope: trio.CancelScope) -> None:
        from agent.edge.reporting import Reporting

        attempts = Attempts(log, "nginx cannot be looked after")
        reporting = Reporting(edge, self._link, self.fetch_certificates)
        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(reporting.run)
                while True:
                    with attempts:
                        await edge.run()
                    await trio.sleep(_ASK_AGAIN_S)

    def _end(self) -> None:
        assert self._scope is not None
        self._scope.cancel()
        self._is_to_release = True

    async def _finish_forever(self) -> None:
        """A node that is no edge any more gets its nginx as it was, as soon as that can be done."""
        while True:
            if self._is_to_release and self._edge is not None:
                await self._release(self._edge)
            with trio.move_on_after(_RELEASE_AGAIN_S):
                await self._moved.wait()

    async def _release(self, edge: Edge) -> None:
        from agent.edge.nginx import NginxFailed

        try:
            await edge.release()
        except (OSError, NginxFailed) as error:
            self._problem = f"nginx cannot be left as it was: {error}"
            log.warning("%s", self._problem)
            return
        if self._is_to_release:
            self._edge, self._is_to_release, self._problem = None, False, ""

    async def deploy(self, generation: int) -> DeployReport:
        """Have nginx serve at least this generation. Raises NoEdge."""
        with trio.move_on_after(PATIENCE_S):
            while self._desired.document.generation < generation or self._edge is None:
                self._following.has_news()
                with trio.move_on_after(_ASK_AGAIN_S):
                    await self._moved.wait()
        if self._desired.document.generation < generation or self._edge is None:
            raise NoEdge(self._problem or f"this node was not told of generation {generation}")
        report = self._edge.report_of_deploy
        if report and report.generation >= generation and report.outcome is Outcome.PROVEN:
            return report
        return await self._edge.load(is_ordered=True)

    async def check_files(self, files: Sequence[CheckedFile]) -> NginxCheckResult:
        """Whether nginx would take them; also where this node is no edge. Raises NoEdge."""
        from agent.edge.checking import check_files
        from agent.edge.nginx import NginxFailed

        try:
            place, said = await trio.to_thread.run_sync(self._finder())
            return await check_files(place, said, files)
        except NginxFailed as error:
            raise NoEdge(str(error)) from None
        except OSError as error:
            raise NoEdge(f"the files cannot be checked: {error.strerror or error}") from None

    async def perform(self, action: Action) -> str:
        """Start, stop, reload, restart or test nginx. Raises NoEdge."""
        from agent.edge.nginx import NginxFailed

        if self._edge is None:
            raise NoEdge("this node is no edge")
        try:
            return await self._edge.perform(action)
        except NginxFailed as error:
            raise NoEdge(str(error)) from None
