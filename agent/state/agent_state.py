"""All that the agent remembers, opened together and kept up to date."""

from __future__ import annotations

import logging
import math
import sqlite3
from pathlib import Path

import msgspec
import trio

from agent.edge.desired import SECTION as EDGE
from agent.edge.desired import DesiredEdge
from agent.firewall.desired import SECTION as FIREWALL
from agent.firewall.desired import DesiredFirewall
from agent.node_section.desired import SECTION as NODE
from agent.node_section.desired import DesiredNode
from agent.state import disk
from agent.state.backlog import Backlog, is_backlog_empty
from agent.state.database import StateDatabase, StateUnwritable
from agent.state.desired_mesh import SECTION, desired_mesh_of
from agent.state.documents import Section, SectionFile, load_section
from agent.state.found_names import SECTION as NAMES
from agent.state.found_names import FoundNames
from agent.state.journal import HeldTask, Journal, load_held
from agent.state.known_relays import SECTION as RELAYS
from agent.state.known_relays import KnownRelays
from agent.state.log_buffer import LogBuffer
from agent.state.log_positions import SECTION as LOGS
from agent.state.log_positions import LogPositions
from agent.state.old_files import OldFiles
from agent.state.opening import Opened, read_copy, try_open
from nimbus.protocol.messages import HealthCheck

CHECK = "state"
CATCH_UP_S = 2.0
LOOK_S = 3.0
log = logging.getLogger("nimbus.agent")


class _Contents(msgspec.Struct):
    """What is in the file at the start."""

    node_id: str = ""
    held: dict[str, HeldTask] = {}
    mesh: Section | None = None
    firewall: Section | None = None
    edge: Section | None = None
    node: Section | None = None
    names: Section | None = None
    relays: Section | None = None
    logs: Section | None = None
    has_samples: bool = False


class AgentState:
    """Made by `open_state`; belongs to the Trio thread from `start` on."""

    def __init__(
        self,
        folder: Path,
        node_id: str,
        database: StateDatabase,
        contents: _Contents,
        old_files: OldFiles | None = None,
        joined_at: float = 0.0,
    ) -> None:
        self._folder = folder
        self._node_id = node_id
        self._old_files = old_files
        self._problem = ""
        self.database = database
        self.journal = Journal(database, contents.held)
        self.log_buffer = LogBuffer(database)
        self.mesh = desired_mesh_of(contents.mesh, SectionFile(database, SECTION))
        self.firewall = DesiredFirewall(contents.firewall, SectionFile(database, FIREWALL))
        self.edge = DesiredEdge(contents.edge, SectionFile(database, EDGE))
        self.node = DesiredNode(contents.node, SectionFile(database, NODE), joined_at)
        self.found_names = FoundNames(contents.names, SectionFile(database, NAMES))
        self.known_relays = KnownRelays(contents.relays, SectionFile(database, RELAYS))
        self.log_positions = LogPositions(contents.logs, SectionFile(database, LOGS))
        self.backlog = Backlog(database, is_empty=not contents.has_samples)
        self._generation = database.generation
        self._is_of_another_node = contents.node_id != node_id

    async def start(self) -> None:
        """Before anything else is asked of it: no order is taken by an agent that has not looked at its disk."""
        self.database.start()
        await self.look()
        await self._catch_up()

    async def run(self) -> None:
        """Write what changes in desired state, and what is behind as soon as it can be written; until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._store_mesh_forever)
            while True:
                await trio.sleep(CATCH_UP_S)
                await self._catch_up()

    async def _store_mesh_forever(self) -> None:
        while True:
            await self.mesh.news.wait()
            self.mesh.news = trio.Event()
            await self.mesh.store()

    async def look(self) -> None:
        """Look at the disk, for `check`: also while nothing is written it may be full."""
        problem = disk.SILENT
        with trio.move_on_after(LOOK_S):
            problem = await trio.to_thread.run_sync(disk.look, self._folder, abandon_on_cancel=True)
        self._problem = problem

    @property
    def problem(self) -> str:
        """What is wrong, and what comes of it; "" while all is well."""
        reason = self.database.problem or self._problem
        behind = self.journal.behind
        if not reason and not behind and not self.mesh.is_behind:
            return ""
        parts = [f"{self._folder}: {reason or 'the disk was full or failed'}"]
        if behind:
            parts.append(f"{behind} task{'s are' if behind > 1 else ' is'} in memory only")
        if self.mesh.is_behind:
            parts.append("the mesh is applied, but not stored")
        return f"{'; '.join(parts)}. Free space there, or mount it writable: the rest heals by itself"

    @property
    def takes_orders(self) -> bool:
        """Whether a task can be accepted now."""
        return not self.database.problem and not self._problem

    def check(self) -> HealthCheck:
        return HealthCheck(CHECK, healthy=not self.problem, message=self.problem)

    async def _catch_up(self) -> None:
        if self._generation != self.database.generation:
            self._generation = self.database.generation
            self._is_of_another_node = True
            self.journal.rewrite()
            self.mesh.rewrite()
            self.firewall.rewrite()
            self.edge.rewrite()
            self.node.rewrite()
        try:
            if self._is_of_another_node:
                await self._begin()
            await self.journal.catch_up()
            await self.mesh.store()
            await self.node.store()
            await self.edge.store()
            if self.database.problem:
                await self.database.probe()
            elif self._old_files is not None and not self.journal.behind and not self.mesh.is_behind:
                await self._take_over(self._old_files)
        except StateUnwritable as error:
            log.debug("still behind: %s", error)

    async def _begin(self) -> None:
        """The file is new, or another node's: what that one left is nothing to this one."""
        node_id = self._node_id

        def take_for_this_node(connection: sqlite3.Connection) -> None:
            stored = _node_id(connection)
            if stored and stored != node_id:
                for table in ("tasks", "log_lines", "sections", "documents", "samples"):
                    connection.execute(f"DELETE FROM {table}")  # noqa: S608  (names from the line above)
            connection.execute(
                "INSERT INTO about (name, value) VALUES ('node_id', ?) ON CONFLICT (name) DO"
                " UPDATE SET value = excluded.value",
                (node_id,),
            )

        await self.database.perform(take_for_this_node, durable=True, patience_s=math.inf)
        self._is_of_another_node = False

    async def _take_over(self, old_files: OldFiles) -> None:
        """The rest of the old files, then they go."""
        samples = await trio.to_thread.run_sync(old_files.samples)
        if samples and not await self.backlog.add_encoded(samples):
            return
        try:
            await trio.to_thread.run_sync(old_files.remove)
        except OSError as error:
            log.error("the files of the earlier agent cannot be removed: %s", error)
            return
        self._old_files = None
        log.info("journal, mesh and metrics of the earlier agent are in the state file now")


def open_state(file: Path, node_id: str, joined_at: float = 0.0) -> AgentState:
    """What this node left, from the file or, where it cannot be written, from a copy of it; of the control plane
    what it was told since it joined, at that time. Blocks. Raises nothing that a disk may do: the health check
    tells of it."""
    opened: Opened | None = None
    failure = ""
    contents: _Contents | None
    try:
        opened = try_open(file)
        contents = _read(opened.connection)
    except (OSError, sqlite3.Error) as error:
        failure = disk.why(error)
        log.error("the agent's state cannot be written: %s", failure)
        contents = read_copy(file, _read)
    if contents is None or contents.node_id not in ("", node_id):
        contents = _Contents()
    old_files = OldFiles(file.parent)
    state = AgentState(
        file.parent,
        node_id,
        StateDatabase(file, opened, failure),
        contents,
        old_files if old_files.are_there else None,
        joined_at,
    )
    if old_files.are_there:
        _take_in(state, old_files)
    return state


def _read(connection: sqlite3.Connection) -> _Contents:
    return _Contents(
        _node_id(connection),
        load_held(connection),
        load_section(connection, SECTION),
        load_section(connection, FIREWALL),
        load_section(connection, EDGE),
        load_section(connection, NODE),
        load_section(connection, NAMES),
        load_section(connection, RELAYS),
        load_section(connection, LOGS),
        not is_backlog_empty(connection),
    )


def _node_id(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM about WHERE name = 'node_id'").fetchone()
    return row[0] if row else ""


def _take_in(state: AgentState, old_files: OldFiles) -> None:
    """Tasks and members of the old files, into memory: they are written with the next look for what is behind."""
    state.journal.take_in(old_files.held_tasks())
    if state.mesh.revision == 0:
        old_files.mesh_members(state.mesh)
