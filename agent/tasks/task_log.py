"""The lines and the percentage of one task on their way to the control plane.

Lines go to the disk as they are said, and from there, in order, to the control plane; memory holds a window of
them. Without a disk the window is all there is: what does not fit is left out, and a line says so.
"""

from __future__ import annotations

from collections import deque

import msgspec
import trio

from agent.link import ControlPlaneLink, LinkDown
from agent.state.database import StateUnwritable
from agent.state.log_buffer import Line, LogBuffer
from agent.tasks.output import LEFT_OUT, Output, Said
from agent.tasks.rules import first_line_number
from nimbus.protocol.messages import PROGRESS_BYTES_LIMIT, PROGRESS_LINES_LIMIT, TaskProgress

INTERVAL_S = 0.2
# A percentage alone is not worth a message more often.
PERCENT_INTERVAL_S = 1.0
RETRY_S = 2.0
# What was said, and is on its way to the disk; what is next to be sent.
SAID_BYTES = 512 * 1024
WINDOW_BYTES = PROGRESS_BYTES_LIMIT
_READ_LINES = 128
# The control plane is busy, or full. And: the task is unknown, does not run here, or the message is too large.
_LATER = (408, 429, 503, 507)
_NEVER = (404, 409, 413)


class TaskLog:
    """Belongs to the Trio thread. `is_resumed`: an earlier run of the agent may have left lines of the attempt on
    disk. `refusals` counts how often in a row a message was refused by a control plane that was neither busy nor
    full."""

    def __init__(
        self, task_id: str, attempt: int, buffer: LogBuffer, link: ControlPlaneLink, *, is_resumed: bool
    ) -> None:
        self._task_id, self._attempt = task_id, attempt
        self._buffer, self._link = buffer, link
        self._output = Output(0)
        # Said, and not written yet; then the next ones to send, of which the disk may have more.
        self._said: deque[Line] = deque()
        self._window: deque[Line] = deque()
        self._said_bytes = self._window_bytes = 0
        self._is_more_on_disk = is_resumed
        self._sent_through = -1
        self._left_out = False
        self._percent_is_new = False
        self._percent_sent_at = -PERCENT_INTERVAL_S
        self._storing = trio.Lock()
        self._unstored = trio.Event()
        self._news = trio.Event()
        self.percent: int | None = None
        self.refusals = 0

    def begin(self, start: int) -> None:
        """The how many-th start of the attempt it is: its lines are numbered apart."""
        self._output = Output(first_line_number(start))

    def say(self, said: Said, percent: int | None) -> None:
        for number, text in self._output.add(said):
            self._keep(number, text)
        if percent is not None and percent != self.percent:
            self.percent, self._percent_is_new = percent, True
            self._news.set()

    def _keep(self, number: int, text: str) -> None:
        if self._said_bytes + len(text.encode()) <= SAID_BYTES:
            self._left_out = False
        elif self._left_out:
            return
        else:
            # Its number is that of the first line that is not there.
            self._left_out, text = True, LEFT_OUT
        self._said.append((number, text))
        self._said_bytes += len(text.encode())
        self._unstored.set()

    @property
    def is_sent(self) -> bool:
        return not (self._said or self._has_lines)

    @property
    def _has_lines(self) -> bool:
        """To be sent; what is not stored yet is not among them."""
        return bool(self._window) or self._is_more_on_disk

    async def follow(self) -> None:
        """Store and send what comes, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._store_forever)
            nursery.start_soon(self._send_forever)

    async def _store_forever(self) -> None:
        while True:
            await self._unstored.wait()
            self._unstored = trio.Event()
            await self.store()
            self._news.set()
            await trio.sleep(INTERVAL_S)

    async def _send_forever(self) -> None:
        while True:
            await self._news.wait()
            self._news = trio.Event()
            if not self._has_lines:
                # A percentage alone waits for its time; lines that come meanwhile do not.
                with trio.move_on_at(self._percent_sent_at + PERCENT_INTERVAL_S):
                    await self._news.wait()
                    continue
            try:
                await self._link.wait_connected()
                is_taken = await self._send()
            except LinkDown:
                is_taken = False
            if not is_taken or self._has_lines:
                self._news.set()
            await trio.sleep(INTERVAL_S if is_taken else RETRY_S)

    async def flush(self) -> bool:
        """Send all lines that there are; False when one message was refused. Raises LinkDown."""
        while not self.is_sent:
            await self.store()
            if not await self._send():
                return False
        return True

    async def store(self) -> None:
        """Put what was said on disk, so that neither the agent's end nor a long absence of the control plane costs
        it."""
        async with self._storing:
            await self._store(list(self._said))

    async def _store(self, said: list[Line]) -> None:
        if not said:
            return
        try:
            await self._buffer.add(self._task_id, said)
        except StateUnwritable:
            is_stored = False
        else:
            is_stored = True
        for _ in said:
            has_room = self._window_bytes < WINDOW_BYTES and len(self._window) < PROGRESS_LINES_LIMIT
            if has_room and not self._is_more_on_disk:
                self._to_window(self._take_said())
            elif is_stored:
                # Read again when its turn has come.
                self._take_said()
                self._is_more_on_disk = True
            else:
                return

    def _take_said(self) -> Line:
        line = self._said.popleft()
        self._said_bytes -= len(line[1].encode())
        return line

    def _to_window(self, line: Line) -> None:
        self._window.append(line)
        self._window_bytes += len(line[1].encode())

    async def _send(self) -> bool:
        """One message. False when it was not taken. Raises LinkDown."""
        await self._fill_window()
        lines = self._next_lines()
        if not lines and not self._percent_is_new:
            return True
        percent, self._percent_is_new = self.percent, False
        progress = TaskProgress(
            attempt=self._attempt,
            percent=percent,
            first=lines[0][0] if lines else 0,
            lines=tuple(text for _, text in lines),
        )
        try:
            reply = await self._link.request(
                "POST", f"/v1/internal/tasks/{self._task_id}/progress", msgspec.json.encode(progress)
            )
        except BaseException:
            self._percent_is_new = self._percent_is_new or percent is not None
            raise
        if reply.status in _LATER:
            return False
        if reply.status >= 300 and reply.status not in _NEVER:
            self.refusals += 1
            return False
        self.refusals = 0
        self._percent_sent_at = trio.current_time()
        await self._arrived(lines)
        return True

    async def _fill_window(self) -> None:
        # What is stored while this reads would be in neither place: the one waits for the other.
        async with self._storing:
            if self._window or not self._is_more_on_disk:
                return
            try:
                lines = await self._buffer.after(self._task_id, self._sent_through, _READ_LINES)
            except StateUnwritable:
                lines = []
            self._is_more_on_disk = len(lines) == _READ_LINES
            for line in lines:
                self._to_window(line)

    def _next_lines(self) -> list[Line]:
        """Those of one message: their numbers follow each other."""
        lines: list[Line] = []
        size = 0
        for number, text in self._window:
            size += len(text.encode())
            follows = not lines or number == lines[-1][0] + 1
            if len(lines) == PROGRESS_LINES_LIMIT or not follows or (lines and size > PROGRESS_BYTES_LIMIT):
                break
            lines.append((number, text))
        return lines

    async def _arrived(self, lines: list[Line]) -> None:
        for _, text in lines:
            self._window.popleft()
            self._window_bytes -= len(text.encode())
        if not lines:
            return
        self._sent_through = lines[-1][0]
        try:
            await self._buffer.drop(self._task_id, self._sent_through)
        except StateUnwritable:
            # They are sent once more after a start, under the same numbers.
            return
