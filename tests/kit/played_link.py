"""A link to the control plane that is played by the test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import msgspec
import trio

from agent.link import LinkDown, Reply
from nimbus.protocol.messages import TaskProgress, TaskResult

TAKEN = Reply(204, b"")
Answer = Callable[[str, str], Reply]


class PlayedLink:
    """Stands in for `agent.link.Link`: remembers what was taken, answers as told. `answer` gets the task's id, and
    `result` or `progress`."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _task, _what: TAKEN
        self.results: dict[str, list[TaskResult]] = defaultdict(list)
        self.progress: dict[str, list[TaskProgress]] = defaultdict(list)
        # Everything that was asked, in order, taken or not.
        self.asked: list[tuple[str, str]] = []
        self.moved = trio.Event()
        self._up = trio.Event()
        self._up.set()
        self.failure = ""

    @property
    def connected(self) -> bool:
        return self._up.is_set()

    def go_down(self) -> None:
        self._up = trio.Event()

    def come_up(self) -> None:
        self._up.set()

    async def wait_connected(self) -> None:
        await self._up.wait()

    async def request(self, _method: str, target: str, body: bytes = b"", timeout: float = 60) -> Reply:
        await trio.lowlevel.checkpoint()
        if not self.connected:
            raise LinkDown
        task_id, what = target.split("/")[-2:]
        self.asked.append((task_id, what))
        answer = self.answer(task_id, what)
        if answer.status < 300 and what == "result":
            self.results[task_id].append(msgspec.json.decode(body, type=TaskResult))
        elif answer.status < 300:
            self.progress[task_id].append(msgspec.json.decode(body, type=TaskProgress))
        moved, self.moved = self.moved, trio.Event()
        moved.set()
        return answer

    def lines(self, task_id: str = "t1") -> list[str]:
        """As the control plane would have them: by number, each once."""
        return [text for _, text in sorted(self.numbered(task_id).items())]

    def numbered(self, task_id: str = "t1") -> dict[int, str]:
        found: dict[int, str] = {}
        for message in self.progress[task_id]:
            for offset, text in enumerate(message.lines):
                found.setdefault(message.first + offset, text)
        return found

    async def reported(self, task_id: str = "t1") -> TaskResult:
        """The first result that was taken, once there is one. (Tests of it have a clock that runs fast.)"""
        with trio.fail_after(3000):
            while not self.results[task_id]:
                await self.moved.wait()
        return self.results[task_id][0]
