"""nginx of this machine while it is an edge: what is wanted and what is seen become what is served."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import trio

from agent.edge.certificates import CertificateFolder
from agent.edge.composing import OWN, Sight, composed, names_in
from agent.edge.deploying import QUIET_S, Deployer
from agent.edge.desired import DesiredEdge
from agent.edge.drifting import drift
from agent.edge.generations import Generations
from agent.edge.health import Checks
from agent.edge.lifecycle import Action, Lifecycle
from agent.edge.managing import manage
from agent.edge.nginx import LOADED_SOCKET, Nginx, NginxFailed, NginxPlace
from agent.edge.pacing import Pace
from agent.edge.probing import Answer, ask_all, changed_owners, serials, worse
from agent.edge.releasing import undo
from agent.edge.remembered import Seen, load_seen, save_seen
from agent.edge.resolving import Resolver, look_up_by
from agent.edge.stub_status import counts
from nimbus.protocol.edge import DeployReport, EdgeProbe, EdgeReport, FileSet, NginxState, Outcome, Problem

# For names at the first load after a start.
SETTLE_S = 10.0
# Since nginx was last looked for.
LOOK_AGAIN_S = 60.0
Find = Callable[[], tuple[NginxPlace, str]]
log = logging.getLogger("nimbus.edge")


class Edge:
    """Belongs to the Trio thread. `folder` is the agent's for its edge; `find` blocks, and raises NginxFailed."""

    def __init__(self, folder: Path, desired: DesiredEdge, find: Find, *, quiet_s: float = QUIET_S) -> None:
        self._folder, self._desired, self._find, self._quiet_s = folder, desired, find, quiet_s
        # Set when something was loaded, or was tried.
        self.news = trio.Event()
        self.certificates = CertificateFolder(folder / "certificates")
        self._pace, self._changed = Pace(), trio.Event()
        self._work = trio.Lock()
        self._found: tuple[NginxPlace, str] | None = None
        self._looked_at = -LOOK_AGAIN_S
        self._problem = ""
        seen = load_seen(folder / "seen.json")
        self._resolvers = desired.document.settings.resolvers
        self._resolver = Resolver(look_up_by(self._resolvers), self.sees_change, seen.addresses)
        self._checks = Checks(self.sees_change, unwell=seen.unwell)
        # What was last loaded, or tried.
        self._tried: FileSet | None = None
        self._last_mark = 0
        self._answers: dict[EdgeProbe, Answer] = {}
        self.report_of_deploy: DeployReport | None = None
        self._is_recovered = False

    @property
    def problem(self) -> str:
        return self._problem

    def sees_change(self) -> None:
        """Something is otherwise than when it was last loaded."""
        self._pace.changed(trio.current_time())
        self._changed.set()

    def certificate_came(self) -> None:
        """Files of the same names hold another one now."""
        self._tried = None
        self.sees_change()

    def use(self) -> None:
        """The desired state is another one."""
        document = self._desired.document
        if document.settings.resolvers != self._resolvers:
            self._resolvers = document.settings.resolvers
            self._resolver.look_up = look_up_by(self._resolvers)
        self._resolver.use(names_in(document))
        self._checks.use(document, self._sight())
        self.sees_change()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._resolver.run)
            nursery.start_soon(self._checks.run)
            self.use()
            await self._resolver.settle(SETTLE_S)
            await self._recover()
            while True:
                self._changed = trio.Event()
                with trio.move_on_at(self._pace.due):
                    await self._changed.wait()
                if self._pace.due <= trio.current_time():
                    await self.load()

    async def _recover(self) -> None:
        async with self._work:
            await self._recover_once()

    async def _recover_once(self) -> None:
        """What a kill left half done is brought to its end, before anything new."""
        if self._is_recovered:
            return
        try:
            deployer, generations = await self._deployer()
            report = await deployer.recover()
            place = generations.current()
            self._tried = generations.files(place) if place else None
        except (NginxFailed, OSError, msgspec.DecodeError) as error:
            self._note(_words(error))
            return
        self._is_recovered = True
        if self._tried is not None and self.report_of_deploy is None:
            self.report_of_deploy = report or DeployReport(self._tried.generation, Outcome.PROVEN)

    async def load(self, *, is_ordered: bool = False) -> DeployReport:
        """Have nginx serve what is wanted now. Unless it is ordered, nothing is done where that is what was last
        tried."""
        async with self._work:
            await self._recover_once()
            document = self._desired.document
            files = self._composed()
            if not is_ordered and self._tried is not None and _same(files, self._tried):
                self._pace.loaded(trio.current_time(), is_ordered=True)
                return self.report_of_deploy or DeployReport(document.generation, Outcome.PROVEN)
            report, is_to_retry = await self._deploy(files)
            self._tried = None if is_to_retry else files
            self._pace.loaded(trio.current_time(), is_ordered=is_ordered, is_to_retry=is_to_retry)
            self.report_of_deploy = report
        self.news.set()
        return report

    def _composed(self) -> FileSet:
        self._last_mark = max(self._last_mark + 1, time.time_ns() // 1_000_000)
        mark = f"{self._desired.document.generation}-{self._last_mark}"
        socket = str(self._folder / LOADED_SOCKET)
        return composed(self._desired.document, self._desired.texts, self._sight(), mark, socket)

    async def _deploy(self, files: FileSet) -> tuple[DeployReport, bool]:
        """The report, and whether to try again though nothing changes."""
        try:
            deployer, generations = await self._deployer()
            await trio.to_thread.run_sync(self._prepare, deployer)
            changed = await trio.to_thread.run_sync(_owners_changed, generations, files)
            probes = [probe for probe in self._desired.document.probes if probe.owner in changed]
            before = await ask_all(probes)
            report = await deployer.deploy(files)
        except (NginxFailed, OSError, ValueError) as error:
            problem = Problem(f"nothing was changed: {_words(error)}")
            log.warning("generation %d is not served: %s", files.generation, problem.message)
            return DeployReport(files.generation, Outcome.REFUSED, problem=problem), True
        if report.outcome is Outcome.PROVEN:
            report = await self._proven(report, files, before, probes)
        await trio.to_thread.run_sync(save_seen, self._folder / "seen.json", self._seen())
        return report, False

    async def _proven(
        self, report: DeployReport, files: FileSet, before: dict[EdgeProbe, Answer], probes: list[EdgeProbe]
    ) -> DeployReport:
        after = await ask_all(probes)
        self._answers = {**self._answers, **after}
        versions = {file.owner: file.version for file in files.files}
        fallen = {state.owner for state in report.objects}
        found = [state for state in worse(before, after, versions) if state.owner not in fallen]
        await trio.to_thread.run_sync(self._drop_unused_certificates)
        return msgspec.structs.replace(report, objects=(*report.objects, *found))

    def _prepare(self, deployer: Deployer) -> None:
        """Blocks. Raises OSError."""
        self._make_folder()
        deployer.adopt()
        place = self._nginx().place
        settings = self._desired.document.settings
        manage(place, settings, self._folder)

    def _make_folder(self) -> None:
        """Workers of nginx reach a socket in it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o755)
        self.certificates.make()

    def _drop_unused_certificates(self) -> None:
        place = self._found
        if place is None:
            return
        generations = Generations(place[0].conf_d)
        current = generations.current()
        texts = [file.text for file in generations.files(current).files] if current else []
        self.certificates.keep_only(self._desired.document.certificates, texts)

    async def _deployer(self) -> tuple[Deployer, Generations]:
        """Raises NginxFailed."""
        await self._look(is_old=True)
        if self._found is None:
            raise NginxFailed(self._problem)
        generations = Generations(self._found[0].conf_d)
        return Deployer(self._nginx(), generations, _now(generations), self._quiet_s), generations

    def _nginx(self) -> Nginx:
        assert self._found is not None
        return Nginx(self._found[0])

    async def _look(self, *, is_old: bool = False) -> None:
        """Look for nginx, where that was long ago."""
        now = trio.current_time()
        if not is_old and self._found is not None and now < self._looked_at + LOOK_AGAIN_S:
            return
        try:
            self._found = await trio.to_thread.run_sync(self._find)
        except NginxFailed as error:
            self._found = None
            self._note(str(error))
        else:
            self._note("")
        self._looked_at = now

    def _note(self, problem: str) -> None:
        if problem and problem != self._problem:
            log.warning("%s", problem)
        self._problem = problem

    def _sight(self) -> Sight:
        return Sight(self._resolver.addresses, self._checks.unwell, has_ipv6())

    def _seen(self) -> Seen:
        return Seen(self._resolver.addresses, tuple(sorted(self._checks.unwell)))

    async def perform(self, action: Action) -> str:
        """Start, stop, reload, restart or test nginx. Raises NginxFailed."""
        async with self._work:
            await self._look(is_old=True)
            if self._found is None:
                raise NginxFailed(self._problem)
            return await Lifecycle(self._nginx(), self._desired.document.settings.mode).perform(action)

    async def shown_serials(self) -> None:
        """Ask each name with TLS which certificate it shows."""
        probes = [probe for probe in self._desired.document.probes if probe.ssl]
        self._answers = {**self._answers, **await ask_all(probes)}

    async def report(self) -> EdgeReport:
        """How it is now."""
        await self._look()
        document = self._desired.document
        found = self._found
        sight = self._sight()
        self._checks.use(document, sight)
        state, drifted, counted = self._state(), dict[str, str](), None
        if found is not None:
            if not state.running:
                await trio.to_thread.run_sync(self._nginx().remove_stale_sockets)
            names = {probe.server_name for probe in document.probes}
            outside = found[0].outside(found[0].main.parent)
            drifted = await trio.to_thread.run_sync(drift, Generations(found[0].conf_d), outside, names)
            counted = await counts(self._folder) if state.running else None
        wanted = set(document.probes)
        self._answers = {probe: answer for probe, answer in self._answers.items() if probe in wanted}
        return EdgeReport(
            revision=document.revision,
            nginx=state,
            generation=self.report_of_deploy.generation if self.report_of_deploy else 0,
            deploy=self.report_of_deploy,
            counts=counted,
            servers=tuple(self._checks.servers(document, sight, self._resolver.problem)),
            certificates=serials(self._answers, document.certificates),
            drift=drifted,
        )

    def _state(self) -> NginxState:
        mode = self._desired.document.settings.mode
        folder = str(self._folder)
        if self._found is None:
            return NginxState(mode=mode, has_ipv6=has_ipv6(), problem=self._problem, folder=folder)
        place, said = self._found
        runs = self._nginx().runs
        return NginxState(
            running=runs,
            version_text=said,
            mode=mode,
            main_file=str(place.main),
            has_ipv6=has_ipv6(),
            problem="" if runs else "nginx is not running",
            folder=folder,
        )

    async def release(self) -> None:
        """nginx is as it was before this machine was an edge. Raises NginxFailed, OSError."""
        async with self._work:
            await self._look(is_old=True)
            if self._found is None:
                raise NginxFailed(self._problem)
            await trio.to_thread.run_sync(undo, self._found[0], self._folder)
            self._tried, self.report_of_deploy, self._is_recovered = None, None, False


def _owners_changed(generations: Generations, files: FileSet) -> set[str]:
    place = generations.current()
    try:
        before = generations.files(place).files if place else ()
    except (OSError, msgspec.DecodeError):
        before = ()
    return changed_owners(before, files.files)


def _same(one: FileSet, other: FileSet) -> bool:
    """But for the mark of their load."""
    return one.generation == other.generation and [file for file in one.files if file.name != OWN] == [
        file for file in other.files if file.name != OWN
    ]


def _now(generations: Generations) -> Callable[[], str]:
    """Names of folders, each after all that are there: a clock may be set back."""

    def now() -> str:
        last = max((int(place.name.partition("-")[0]) for place in generations.all()), default=0)
        return str(max(last + 1, int(time.strftime("%Y%m%d%H%M%S", time.gmtime()))))

    return now


def has_ipv6() -> bool:
    """Whether this machine speaks it at all."""
    try:
        return bool(Path("/proc/net/if_inet6").read_bytes())
    except OSError:
        return False


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
