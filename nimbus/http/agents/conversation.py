"""HTTP/1.1 without I/O: bytes in, requests to the handler, response bytes out, deadlines as numbers.

A conversation reads no clock but the one that it is given and touches no socket. Requests are taken from the
buffer one at a time: the next is looked at when the one before has its answer, so answers are in order.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable

from nimbus.http.agents.dispatch import Dispatcher
from nimbus.http.agents.head import Head, HeadCache, Refused
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Parked, Peer
from nimbus.http.agents.responses import CONTINUE, ResponseEncoder, error_response

REQUESTS_PER_TURN = 16
"""A peer that pipelines gets no more of one turn than this."""


class Phase(enum.Enum):
    """What the conversation waits for. The value names it in counters."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    PARKED = "parked"
    CLOSING = "closing"


class Shared:
    """What all conversations of one listener share; `parked` and `statuses` are its counters."""

    __slots__ = ("clock", "dispatcher", "encoder", "heads", "limits", "parked", "statuses", "timeouts")

    def __init__(
        self, limits: Limits, dispatcher: Dispatcher, encoder: ResponseEncoder, clock: Callable[[], float]
    ) -> None:
        self.limits = limits
        self.dispatcher = dispatcher
        self.encoder = encoder
        self.clock = clock
        self.heads = HeadCache(limits)
        self.parked = 0
        self.statuses = [0, 0, 0, 0, 0, 0]
        """Answers by the first digit of their status."""
        self.timeouts: dict[str, int] = {}
        """Deadlines that passed, by phase."""


def _nothing() -> None:
    """The wake of a conversation whose connection is gone."""


class Conversation:
    """One peer's requests and answers.

    `refusal`, when given, answers the first request and ends the conversation. `wake` is called when
    output appears outside of `receive`, `advance` and `expire`. Times are seconds of `shared.clock`.
    """

    __slots__ = (
        "_advancing",
        "_buffer",
        "_current",
        "_head",
        "_keep_alive",
        "_output_size",
        "_peer",
        "_refusal",
        "_scanned",
        "_shared",
        "_wake",
        "deadline",
        "hungry",
        "output",
        "phase",
    )

    def __init__(
        self, shared: Shared, peer: Peer, wake: Callable[[], None], refusal: AgentResponse | None = None
    ) -> None:
        self._shared = shared
        self._peer = peer
        self._wake = wake
        self._refusal = refusal
        self._buffer = bytearray()
        self._scanned = 0
        self._head: Head | None = None
        self._current: AgentRequest | None = None
        self._keep_alive = True
        self.output: list[bytes] = []
        self._output_size = 0
        self._advancing = False
        self.hungry = False
        """There is more to do: call `advance` when others have had their turn."""
        self.phase = Phase.IDLE
        self.deadline = shared.clock() + shared.limits.idle
        """When to call `expire`."""

    @property
    def serving(self) -> str:
        """The node whose request is under way, "" when none is."""
        return self._current.node_id if self._current is not None else ""

    @property
    def closing(self) -> bool:
        """No more requests are taken: send the output, then end the connection."""
        return self.phase is Phase.CLOSING

    @property
    def wants_bytes(self) -> bool:
        """False asks the peer to wait: it is ahead of its answers, or does not read them."""
        if self.phase is Phase.CLOSING:
            return False
        limits = self._shared.limits
        if self._output_size > limits.output_bytes:
            return False
        return not (self.hungry or self._current) or len(self._buffer) < limits.pipeline_bytes

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer and handle what they complete."""
        if self.phase is not Phase.CLOSING:
            self._buffer += data
            self.advance()

    def take_output(self) -> bytes:
        """What to send now, empty when nothing is. Report with `sent` what went out."""
        output = self.output
        if not output:
            return b""
        data = output[0] if len(output) == 1 else b"".join(output)
        output.clear()
        return data

    def sent(self, size: int) -> None:
        """So many bytes of what was taken went out."""
        self._output_size -= size

    def advance(self) -> None:
        """Handle complete requests in the buffer, a bounded number of them."""
        if self._advancing:
            return
        self._advancing = True
        self.hungry = False
        try:
            for _ in range(REQUESTS_PER_TURN):
                if not self._step():
                    return
            self.hungry = bool(self._buffer) and self.phase is not Phase.CLOSING
        except Refused as refused:
            self._refuse(error_response(refused.status, refused.code, refused.message))
        finally:
            self._advancing = False

    def _step(self) -> bool:
        """Handle one request; False when the next one cannot be handled yet."""
        current = self._current
        if self.phase is Phase.CLOSING or (current is not None and current.parked is None):
            return False
        head = self._head
        if head is None and not self._buffer:
            return False
        if self._output_size > self._shared.limits.output_bytes:
            self.hungry = True
            return False
        if head is None:
            head = self._next_head()
            if head is None:
                return False
        length = head.content_length
        buffer = self._buffer
        if length > len(buffer):
            if self.phase is not Phase.BODY:
                self._await_body(head)
            return False
        self._head = None
        body = bytes(buffer[:length])
        del buffer[:length]
        self._handle(head, body)
        return True

    def _next_head(self) -> Head | None:
        """The next complete head; a request that is parked is answered when one is there."""
        buffer = self._buffer
        if buffer.startswith(b"\r\n"):  # RFC 9112, 2.2: one empty line before a request is forgiven
            del buffer[:2]
            self._scanned = 0
        end = buffer.find(b"\r\n\r\n", self._scanned)
        limits = self._shared.limits
        if end < 0 or end + 4 > limits.head_bytes:
            if end >= 0 or len(buffer) >= limits.head_bytes:
                raise self._overlong()
            self._scanned = max(0, len(buffer) - 3)
            if self.phase is Phase.IDLE and buffer:
                self._enter(Phase.HEAD, self._shared.clock() + limits.head)
            return None
        self._scanned = 0
        data = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        head = self._shared.heads.parse(data)
        self._end_park()
        if self.phase is Phase.CLOSING:
            return None
        self._head = head
        if self._refusal is not None:
            self._refuse(self._refusal)
            return None
        return head

    def _overlong(self) -> Refused:
        line = self._buffer.find(b"\r\n")
        if not 0 <= line <= self._shared.limits.target_bytes + 32:
            return Refused(414, "The request target is too long", "TARGET_TOO_LONG")
        message = f"The head is longer than {self._shared.limits.head_bytes} bytes"
        return Refused(431, message, "HEAD_TOO_LARGE")

    def _await_body(self, head: Head) -> None:
        self._enter(Phase.BODY, self._shared.clock() + self._shared.limits.body)
        if head.expects_continue and not self._buffer:
            self._put(CONTINUE)

    def _handle(self, head: Head, body: bytes) -> None:
        shared = self._shared
        request = AgentRequest(self, head, body, self._peer)
        self._current = request
        self._keep_alive = head.keep_alive
        self._enter(Phase.ANSWER, shared.clock() + shared.limits.answer)
        response = shared.dispatcher.handle(request)
        if response is None or request.closed:
            return
        if request.answered:
            shared.dispatcher.answered_twice(request)
        else:
            self._answer(request, response)

    def reply(self, request: AgentRequest, response: AgentResponse) -> None:
        """`AgentRequest.reply`."""
        if request is not self._current:
            if not request.closed:
                raise RuntimeError(f"{request.method} {request.path} was answered before")
            return
        self._answer(request, response)
        if not self._advancing:
            self.advance()
            self._wake()

    def fail(self, request: AgentRequest, error: BaseException) -> None:
        """`AgentRequest.fail`."""
        self.reply(request, self._shared.dispatcher.failure(request, error))

    def park(self, request: AgentRequest, parked: Parked) -> None:
        """`AgentRequest.park`."""
        if request is not self._current:
            if not request.closed:
                raise RuntimeError(f"{request.method} {request.path} was answered before")
            self._shared.dispatcher.close(request, parked.on_close)
            return
        if request.parked is None:
            self._shared.parked += 1
        request.parked = parked
        self._enter(Phase.PARKED, parked.until)
        if self._buffer and not self._advancing:
            self.advance()
            self._wake()

    def _answer(self, request: AgentRequest, response: AgentResponse, *, close: bool = False) -> None:
        shared = self._shared
        close = close or not self._keep_alive
        head_only = request.method == "HEAD"
        try:
            data = shared.encoder.encode(response, close=close, head_only=head_only)
        except (ValueError, TypeError, AttributeError) as error:
            response = shared.dispatcher.failure(request, error)
            data = shared.encoder.encode(response, close=close, head_only=head_only)
        self._unpark(request)
        request.answered = True
        self._current = None
        self._put(data)
        shared.statuses[response.status // 100] += 1
        if close:
            self._enter_closing()
        elif self._buffer:
            self._enter(Phase.HEAD, shared.clock() + shared.limits.head)
        else:
            self._enter(Phase.IDLE, shared.clock() + shared.limits.idle)

    def _unpark(self, request: AgentRequest) -> Parked | None:
        parked = request.parked
        if parked is not None:
            request.parked = None
            self._shared.parked -= 1
        return parked

    def _end_park(self, *, close: bool = False) -> None:
        """Answer the parked request, if there is one."""
        request = self._current
        if request is None or request.parked is None:
            return
        parked = request.parked
        response = self._shared.dispatcher.end(request, parked.on_end)
        if request is self._current:  # on_end may have replied, or ended the connection
            self._answer(request, response, close=close)
            request.closed = True  # what the owner replies from now on is late, not wrong

    def _refuse(self, response: AgentResponse) -> None:
        """Answer what cannot be handled and end the conversation."""
        self._end_park()
        if self.phase is Phase.CLOSING:
            return
        self._put(self._shared.encoder.encode(response, close=True))
        self._shared.statuses[response.status // 100] += 1
        self._enter_closing()

    def expire(self, now: float) -> None:
        """The deadline has come: answer on behalf of the handler, or end the conversation."""
        phase = self.phase
        if now < self.deadline or phase is Phase.CLOSING:
            return
        if phase is Phase.PARKED:
            self._end_park()
            self.advance()
            return
        if self.hungry:  # it is we who are late
            self.deadline = now + self._shared.limits.head
            return
        self._shared.timeouts[phase.value] = self._shared.timeouts.get(phase.value, 0) + 1
        if phase is Phase.IDLE:
            self._enter_closing()
        elif phase is Phase.ANSWER:
            self._overdue()
        else:
            self._refuse(error_response(408, "REQUEST_TIMEOUT", f"The {phase.value} took too long"))

    def _overdue(self) -> None:
        request = self._current
        if request is not None:
            response = error_response(503, "OVERDUE", "The answer is overdue; try again")
            self._answer(request, response, close=True)
            request.closed = True

    def shut_down(self) -> None:
        """Answer what is parked and take no more requests. What a handler owes may still be answered."""
        self._keep_alive = False
        if self._current is None:
            self._enter_closing()
        else:
            self._end_park(close=True)

    def refuse(self, response: AgentResponse) -> None:
        """Answer the request under way, parked or not, with `response`, and take no more."""
        request = self._current
        if request is None:
            self._enter_closing()
            return
        parked = request.parked
        self._answer(request, response, close=True)
        request.closed = True  # what its handler replies from now on is late, not wrong
        if parked is not None:
            self._shared.dispatcher.close(request, parked.on_close)

    def peer_gone(self) -> None:
        """The connection ended: nothing can be answered any more."""
        request = self._current
        self._current = None
        self._enter_closing()
        self.output.clear()
        self._wake = _nothing
        if request is not None:
            request.closed = True
            parked = self._unpark(request)
            if parked is not None:
                self._shared.dispatcher.close(request, parked.on_close)

    def _put(self, data: bytes) -> None:
        self.output.append(data)
        self._output_size += len(data)

    def _enter(self, phase: Phase, deadline: float) -> None:
        self.phase = phase
        self.deadline = deadline

    def _enter_closing(self) -> None:
        self._enter(Phase.CLOSING, math.inf)
        self._buffer.clear()
        self._head = None
        self.hungry = False
