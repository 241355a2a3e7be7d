"""An agent that kills itself at a named point, with everything else real: `python -m tests.kit.killed_agent
FOLDER`.

Its control plane is a ledger: a file to which each message that arrives is appended. For each point of a life
(before and after each write to the state file, and each message) one agent is killed with signal 9 there, and a
second one goes on with what it left. Prints a JSON object a line: the point, and the ledger.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import trio

from agent.link import Reply
from agent.operations.context import Context
from agent.operations.registry import HANDLERS
from agent.state.agent_state import AgentState, open_state
from agent.state.database import StateDatabase
from agent.tasks.runner import Runner
from nimbus.protocol.messages import TaskProgress, TaskResult
from tests.agent.tasks.conftest import RECORD
from tests.kit.agent_state import FILE, lease

TASKS = ("t1", "t2")
LINES = 3
ALWAYS_TRIED = (
    "before Journal.accept",
    "after Journal._write",
    "before result of",
    "before the answer to result of",
)


class Ledger:
    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, **entry: Any) -> None:
        with self._file.open("a") as stream:
            stream.write(json.dumps(entry) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        return (
            [json.loads(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []
        )

    def reported(self) -> set[str]:
        return {entry["task"] for entry in self.entries() if entry["what"] == "result"}


class Points:
    """Counts points as they are passed. At one of them the process dies: by its number, or the first whose name
    begins like this."""

    def __init__(self, fatal: int | str) -> None:
        self._fatal = fatal
        self._passed = 0

    def passes(self, name: str, ledger: Ledger) -> None:
        is_fatal = (
            name.startswith(self._fatal) if isinstance(self._fatal, str) else self._passed == self._fatal
        )
        if is_fatal:
            ledger.note(what="killed", point=f"{self._passed} {name}")
            os.kill(os.getpid(), signal.SIGKILL)
        self._passed += 1


class LedgerLink:
    """Stands in for `agent.link.Link`: what is sent arrives in the ledger."""

    connected = True

    def __init__(self, ledger: Ledger, points: Points) -> None:
        self._ledger, self._points = ledger, points

    async def wait_connected(self) -> None:
        await trio.lowlevel.checkpoint()

    async def request(self, _method: str, target: str, body: bytes = b"", timeout: float = 60) -> Reply:
        await trio.lowlevel.checkpoint()
        task, what = target.split("/")[-2:]
        self._points.passes(f"before {what} of {task} is sent", self._ledger)
        if what == "result":
            result = msgspec.json.decode(body, type=TaskResult)
            self._ledger.note(what=what, task=task, outcome=result.outcome, value=result.result)
        else:
            progress = msgspec.json.decode(body, type=TaskProgress)
            self._ledger.note(what=what, task=task, first=progress.first, lines=progress.lines)
        self._points.passes(f"before the answer to {what} of {task}", self._ledger)
        return Reply(204, b"")


async def one_life(folder: Path, ledger: Ledger, points: Points) -> None:
    """Until everything is reported, or it dies."""
    perform = StateDatabase.perform

    async def watched(self: StateDatabase, work: Any, **options: Any) -> Any:
        name = ".".join(work.__qualname__.split(".")[:2])
        points.passes(f"before {name} is written", ledger)
        value = await perform(self, work, **options)
        points.passes(f"after {name} is written", ledger)
        return value

    StateDatabase.perform = watched  # type: ignore[method-assign]
    is_first = not (folder / FILE).exists()
    state: AgentState = open_state(folder / FILE, "n1")
    await state.start()

    async def handler(context: Context, parameters: Any) -> Any:
        ledger.note(what="effect", resumed=context.resumed)
        for number in range(LINES):
            context.progress(f"line {number}", None)
            await trio.lowlevel.checkpoint()
        return "done"

    HANDLERS["collect_facts"] = handler
    async with trio.open_nursery() as nursery:
        runner = Runner(state, LedgerLink(ledger, points), RECORD, None)  # type: ignore[arg-type]
        await nursery.start(runner.run)
        # As a poll is answered: what is reported is not wanted any more.
        runner.cancel(ledger.reported())
        runner.confirm(runner.held)
        wanted = [task for task in TASKS if task not in ledger.reported() and task not in runner.held]
        if wanted or is_first:
            await runner.accept([lease(task) for task in wanted])
        while runner.held:
            await trio.sleep(0.005)
        nursery.cancel_scope.cancel()


def in_a_process(folder: Path, ledger: Ledger, fatal: int | str) -> bool:
    """Whether it was killed."""
    child = os.fork()
    if not child:
        try:
            trio.run(one_life, folder, ledger, Points(fatal))
        except BaseException as error:  # noqa: BLE001  (a child ends here, whatever it is)
            ledger.note(what="error", error=repr(error))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def two_lives(folder: Path, fatal: int | str) -> bool:
    """Whether the first one was killed."""
    folder.mkdir()
    ledger = Ledger(folder / "ledger")
    was_killed = in_a_process(folder, ledger, fatal)
    in_a_process(folder, ledger, -1)
    print(json.dumps({"point": fatal, "ledger": ledger.entries()}), flush=True)
    return was_killed


def main(root: Path) -> None:
    # Which point has which number depends on which task is first each time: these are passed over by none.
    for number, name in enumerate(ALWAYS_TRIED):
        two_lives(root / f"named-{number}", name)
    point = 0
    while two_lives(root / str(point), point):
        point += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
