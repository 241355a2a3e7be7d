"""A generation of files becomes what nginx serves, or everything stays as it was."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
import trio

from agent.edge.complaints import Complaint, culprit, problem
from agent.edge.generations import Generations, of_owner
from agent.edge.main_file import OURS, our_file, with_other_folder
from agent.edge.nginx import ErrorLog, Nginx, NginxFailed
from nimbus.protocol.edge import ConfigurationFile, DeployReport, FileSet, ObjectState, Outcome, Problem
from nimbus.protocol.files import PUBLIC_MODE, write_atomically

# Until the new generation answers; and how long its log must be quiet after that.
PROOF_S = 20.0
QUIET_S = 2.0
_TURN_S = 0.05
log = logging.getLogger("nimbus.edge")


class Deployer:
    """One deploy at a time. `now` is 14 digits, UTC: the beginning of a folder's name."""

    def __init__(
        self, nginx: Nginx, generations: Generations, now: Callable[[], str], quiet_s: float = QUIET_S
    ) -> None:
        self._nginx, self._generations, self._now, self._quiet_s = nginx, generations, now, quiet_s

    def adopt(self) -> None:
        """Have nginx read what is current: one file of ours in its `conf.d`. Blocks. Raises OSError."""
        self._generations.folder.mkdir(parents=True, exist_ok=True)
        text = our_file(self._generations.link)
        write_atomically(self._generations.folder / OURS, text.encode(), mode=PUBLIC_MODE)

    async def deploy(self, wanted: FileSet) -> DeployReport:
        """Raises OSError when the disk does not take it: nothing has changed then."""
        proven = self._proven()
        files, objects = wanted, dict[str, ObjectState]()
        while True:
            place = await trio.to_thread.run_sync(self._generations.write, files, self._now())
            fatal = await self._fatal(place)
            if fatal is None:
                break
            await trio.to_thread.run_sync(self._generations.drop, place)
            guilty = culprit(fatal, files.files)
            if guilty is None or (guilty.owner in objects and objects[guilty.owner].served == 0):
                return self._refused(wanted, problem(fatal, guilty))
            files, state = _without(files, guilty, proven, problem(fatal, guilty), objects)
            objects[guilty.owner] = state
        return await self._switch(place, wanted, tuple(objects.values()))

    async def recover(self) -> DeployReport | None:
        """After a start: a generation that was switched to and not proven is asked now, or taken back."""
        place = self._generations.current()
        if place is None:
            last = self._generations.last_proven()
            if last is not None:
                await trio.to_thread.run_sync(self._generations.switch, last)
            return None
        if self._generations.is_proven(place):
            return None
        return await self._switch(place, self._generations.files(place), ())

    def _proven(self) -> FileSet | None:
        place = self._generations.last_proven()
        try:
            return self._generations.files(place) if place else None
        except (OSError, msgspec.DecodeError):
            return None

    def _refused(self, wanted: FileSet, why: Problem) -> DeployReport:
        log.warning("generation %d is not served: %s", wanted.generation, why.message)
        return DeployReport(wanted.generation, Outcome.REFUSED, problem=why)

    async def _fatal(self, place: Path) -> Complaint | None:
        """Why nginx does not take this folder; None when it does."""
        main = self._nginx.place.main
        conf_d = self._generations.folder
        try:
            siblings = [path for path in sorted(conf_d.glob("*.conf")) if path.is_file()]
            outside = self._nginx.place.outside
            text = with_other_folder(outside(main).read_text("utf-8"), conf_d, siblings, place)
            # Beside the real one: relative paths in it are below its folder.
            trial = main.with_name("nimbus-check.conf")
            write_atomically(outside(trial), text.encode(), mode=PUBLIC_MODE)
            found = await self._nginx.check(trial)
            outside(trial).unlink(missing_ok=True)
        except (NginxFailed, ValueError) as error:
            return Complaint("emerg", str(error))
        return next((complaint for complaint in found if complaint.is_fatal), None)

    async def _switch(self, place: Path, wanted: FileSet, objects: tuple[ObjectState, ...]) -> DeployReport:
        before = self._generations.last_proven()
        mark = ErrorLog(self._nginx.place.error_log)
        await trio.to_thread.run_sync(self._generations.switch, place)
        if not self._nginx.reload():
            return DeployReport(wanted.generation, Outcome.WRITTEN, objects)
        why = await self._unproven(wanted, mark)
        if why is None:
            await trio.to_thread.run_sync(self._generations.prove, place)
            await trio.to_thread.run_sync(self._generations.drop_old)
            return DeployReport(wanted.generation, Outcome.PROVEN, objects)
        log.warning("generation %d did not hold: %s", wanted.generation, why.message)
        await self._take_back(before)
        await trio.to_thread.run_sync(self._generations.drop, place)
        return DeployReport(wanted.generation, Outcome.ROLLED_BACK, problem=why)

    async def _take_back(self, before: Path | None) -> None:
        """As it was proven: nginx may have kept its old configuration, or half of the new one."""
        mark = ErrorLog(self._nginx.place.error_log)
        if before is None:
            await trio.to_thread.run_sync(self._generations.clear)
            self._nginx.reload()
            return
        await trio.to_thread.run_sync(self._generations.switch, before)
        self._nginx.reload()
        why = await self._unproven(self._generations.files(before), mark)
        if why is not None:
            log.error("what was served before does not come back: %s", why.message)

    async def _unproven(self, wanted: FileSet, mark: ErrorLog) -> Problem | None:
        """Why the running nginx is not this generation, or not well; None when it is."""
        with trio.move_on_after(PROOF_S):
            while await self._nginx.generation() != (wanted.mark or str(wanted.generation)):
                if fatal := _first_fatal(mark):
                    return problem(fatal, None)
                await trio.sleep(_TURN_S)
            with trio.move_on_after(self._quiet_s):
                while not _first_fatal(mark):
                    await trio.sleep(_TURN_S)
            fatal = _first_fatal(mark)
            return problem(fatal, None) if fatal else None
        return Problem(f"nginx did not answer with generation {wanted.generation} within {PROOF_S:.0f} s")


def _first_fatal(mark: ErrorLog) -> Complaint | None:
    return next((complaint for complaint in mark.since() if complaint.is_fatal), None)


def _without(
    files: FileSet,
    guilty: ConfigurationFile,
    proven: FileSet | None,
    why: Problem,
    objects: dict[str, ObjectState],
) -> tuple[FileSet, ObjectState]:
    """With the object's last good version in the place of what it has; with nothing, when that was tried or there
    is none."""
    owner = guilty.owner
    tried = objects.get(owner)
    good = of_owner(proven, owner) if proven and tried is None else []
    rest = [file for file in files.files if file.owner != owner]
    state = ObjectState(
        owner,
        tried.wanted if tried else guilty.version,
        good[0].version if good else 0,
        tried.problem if tried else why,
    )
    ordered = sorted([*rest, *good], key=lambda file: file.name)
    return FileSet(files.generation, tuple(ordered), files.mark), state
