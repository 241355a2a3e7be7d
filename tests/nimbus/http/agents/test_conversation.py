"""The HTTP of a connection without a socket: every test is bytes in, bytes out, at a time of its choice."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.http.agents.conversation import REQUESTS_PER_TURN, Conversation, Phase, Shared
from nimbus.http.agents.dispatch import Dispatcher, default_status_of
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Handler, Peer
from nimbus.http.agents.responses import ResponseEncoder
from nimbus.protocol.errors import EXIT_NOT_FOUND, NimbusError

LIMITS = Limits()


class Desk:
    """A conversation, its handler's requests, its clock and everything it said."""

    def __init__(
        self, handler: Handler | None = None, limits: Limits = LIMITS, refusal: AgentResponse | None = None
    ) -> None:
        self.now = 1000.0
        self.requests: list[AgentRequest] = []
        self.said = b""
        self.wakes = 0
        self.handler = handler or (lambda request: AgentResponse(200, request.path.encode()))
        self.shared = Shared(
            limits, Dispatcher(self._handle, default_status_of), ResponseEncoder(0.0), lambda: self.now
        )
        peer = Peer("node-1", "ab12", "192.0.2.1")
        self.conversation = Conversation(self.shared, peer, self._wake, refusal)

    def _handle(self, request: AgentRequest) -> AgentResponse | None:
        self.requests.append(request)
        return self.handler(request)

    def _wake(self) -> None:
        self.wakes += 1
        self.collect()

    def collect(self) -> None:
        data = self.conversation.take_output()
        self.conversation.sent(len(data))
        self.said += data

    def hear(self, data: bytes) -> None:
        self.conversation.receive(data)
        self.collect()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.conversation.expire(self.now)
        self.collect()

    @property
    def answers(self) -> list[tuple[int, bytes]]:
        return answers(self.said)


def answers(data: bytes) -> list[tuple[int, bytes]]:
    """(status, body) of each response in the bytes, to the last byte."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        found.append((int(lines[0].split()[1]), data[:length]))
        data = data[length:]
    return found


def get(path: str, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"GET {path} HTTP/1.1\r\nHost: cp\r\n{lines}\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: cp\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


def later(request: AgentRequest) -> AgentResponse | None:
    return None


def code(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1])["error"]["code"]


def test_a_request_carries_the_identity_of_its_connection() -> None:
    desk = Desk()
    desk.hear(post("/v1/internal/heartbeat?a=b", b"{}"))
    (request,) = desk.requests
    assert (request.node_id, request.serial, request.peer_address) == ("node-1", "ab12", "192.0.2.1")
    assert (request.method, request.path, request.query, request.body) == (
        "POST",
        "/v1/internal/heartbeat",
        {"a": "b"},
        b"{}",
    )
    assert request.header("HOST") == "cp"
    assert request.header("X-None") is None
    assert desk.answers == [(200, b"/v1/internal/heartbeat")]
    assert not request.closed


@settings(deadline=None)
@given(st.lists(st.binary(max_size=50), min_size=1, max_size=6), st.data())
def test_however_the_bytes_are_cut_the_requests_are_the_same(
    bodies: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(post(f"/{number}", body) for number, body in enumerate(bodies))
    desk = Desk(lambda request: AgentResponse(200, request.body))
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        desk.hear(stream[:size])
        stream = stream[size:]
    assert [request.body for request in desk.requests] == bodies
    assert desk.answers == [(200, body) for body in bodies]
    assert desk.conversation.phase is Phase.IDLE


def test_an_answer_that_comes_later_wakes_the_sender() -> None:
    desk = Desk(later)
    desk.hear(get("/a"))
    assert desk.said == b""
    desk.requests[0].reply(AgentResponse(201))
    assert desk.answers == [(201, b"")]
    assert desk.wakes == 1


def test_requests_are_answered_in_order_one_at_a_time() -> None:
    desk = Desk(later)
    desk.hear(get("/a") + get("/b") + get("/c"))
    for number, path in enumerate(["/a", "/b", "/c"]):
        assert len(desk.requests) == number + 1
        desk.requests[number].reply(AgentResponse(200, path.encode()))
    assert desk.answers == [(200, b"/a"), (200, b"/b"), (200, b"/c")]


def test_a_handler_may_reply_before_it_returns() -> None:
    desk = Desk(lambda request: request.reply(AgentResponse(200, b"now")))
    desk.hear(get("/a") + get("/b"))
    assert desk.answers == [(200, b"now"), (200, b"now")]


def test_answering_twice_is_a_mistake_that_the_peer_does_not_see(caplog: pytest.LogCaptureFixture) -> None:
    def twice(request: AgentRequest) -> AgentResponse:
        request.reply(AgentResponse(200, b"first"))
        return AgentResponse(200, b"second")

    desk = Desk(twice)
    with caplog.at_level(logging.ERROR):
        desk.hear(get("/a"))
    assert desk.answers == [(200, b"first")]
    assert "answered twice" in caplog.text
    with pytest.raises(RuntimeError):
        desk.requests[0].reply(AgentResponse(200))
    with pytest.raises(RuntimeError):
        desk.requests[0].park(2000.0, lambda: AgentResponse(204), lambda: None)


def test_a_peer_that_pipelines_has_bounded_turns() -> None:
    desk = Desk()
    desk.hear(get("/") * (REQUESTS_PER_TURN + 3))
    assert len(desk.requests) == REQUESTS_PER_TURN
    assert desk.conversation.hungry
    desk.conversation.advance()
    assert len(desk.requests) == REQUESTS_PER_TURN + 3
    assert not desk.conversation.hungry


def test_reading_stops_while_an_answer_is_owed() -> None:
    desk = Desk(later, Limits(pipeline_bytes=100))
    desk.hear(get("/a"))
    assert desk.conversation.wants_bytes
    desk.hear(get("/b") * 5)
    assert not desk.conversation.wants_bytes
    desk.requests[0].reply(AgentResponse(200))
    assert len(desk.requests) == 2


def test_a_peer_that_does_not_read_is_not_served() -> None:
    desk = Desk(limits=Limits(output_bytes=100))
    conversation = desk.conversation
    conversation.receive(get("/a") * 5)
    assert len(desk.requests) == 1
    assert not conversation.wants_bytes
    data = conversation.take_output()
    conversation.advance()
    assert len(desk.requests) == 1, "what was taken is not yet sent"
    assert conversation.hungry
    conversation.sent(len(data))
    conversation.advance()
    assert len(desk.requests) == 2


class TestParked:
    def desk(self, ended: list[str], seconds: float = 25.0) -> Desk:
        desk = Desk()

        def park(request: AgentRequest) -> AgentResponse | None:
            if request.path == "/direct":
                return AgentResponse(200, b"direct")

            def end() -> AgentResponse:
                ended.append("end")
                return AgentResponse(204)

            request.park(desk.now + seconds, end, lambda: ended.append("close"))
            return None

        desk.handler = park
        return desk

    def test_its_time_comes(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll"))
        assert desk.shared.parked == 1
        desk.pass_time(24.9)
        assert desk.answers == []
        desk.pass_time(0.1)
        assert (ended, desk.answers, desk.shared.parked) == (["end"], [(204, b"")], 0)
        desk.requests[0].reply(AgentResponse(200))  # late, and harmless
        assert desk.answers == [(204, b"")]

    def test_there_is_news(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll"))
        desk.requests[0].reply(AgentResponse(200, b"news"))
        desk.pass_time(30.0)
        desk.conversation.peer_gone()
        assert (ended, desk.answers, desk.shared.parked) == ([], [(200, b"news")], 0)

    def test_the_peer_asks_for_something_else(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll"))
        request = get("/direct")
        desk.hear(request[:-1])
        assert ended == [], "half a request is none"
        desk.hear(request[-1:])
        assert (ended, desk.answers) == (["end"], [(204, b""), (200, b"direct")])

    def test_the_peer_sends_nonsense(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll") + b"nonsense\r\n\r\n")
        assert ended == ["end"]
        assert [status for status, _ in desk.answers] == [204, 400]
        assert desk.conversation.closing

    def test_a_last_request_stays_the_last(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll", "Connection: close") + get("/direct"))
        assert desk.answers == [(204, b"")]
        assert desk.conversation.closing

    def test_the_peer_goes_away(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll"))
        desk.conversation.peer_gone()
        assert (ended, desk.shared.parked) == (["close"], 0)
        assert desk.requests[0].closed
        desk.requests[0].reply(AgentResponse(200))
        desk.conversation.peer_gone()
        assert (ended, desk.said) == (["close"], b"")

    def test_parking_when_the_peer_is_gone_tells_at_once(self) -> None:
        ended: list[str] = []
        desk = Desk(later)
        desk.hear(get("/poll"))
        desk.conversation.peer_gone()
        desk.requests[0].park(2000.0, lambda: AgentResponse(204), lambda: ended.append("close"))
        assert (ended, desk.shared.parked) == (["close"], 0)

    def test_parking_later_with_the_next_request_already_there(self) -> None:
        desk = Desk(lambda request: None if request.path == "/poll" else AgentResponse(200, b"next"))
        desk.hear(get("/poll") + get("/next"))
        assert desk.answers == []
        desk.requests[0].park(2000.0, lambda: AgentResponse(204), lambda: None)
        assert desk.answers == [(204, b""), (200, b"next")]

    def test_parking_again_replaces_the_terms(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll"))
        desk.requests[0].park(desk.now + 5, lambda: AgentResponse(200, b"second"), lambda: None)
        assert desk.shared.parked == 1
        desk.pass_time(5)
        assert (ended, desk.answers, desk.shared.parked) == ([], [(200, b"second")], 0)

    def test_the_listener_stops(self) -> None:
        ended: list[str] = []
        desk = self.desk(ended)
        desk.hear(get("/poll"))
        desk.conversation.shut_down()
        desk.collect()
        assert (ended, desk.answers) == (["end"], [(204, b"")])
        assert b"Connection: close" in desk.said
        assert desk.conversation.closing

    def test_callbacks_that_fail(self, caplog: pytest.LogCaptureFixture) -> None:
        desk = Desk(later)

        def fail() -> AgentResponse:
            raise ZeroDivisionError

        desk.hear(get("/poll"))
        desk.requests[0].park(desk.now + 1, fail, fail)  # type: ignore[arg-type]
        desk.pass_time(1)
        assert code(desk.answers[0]) == (500, "INTERNAL")
        desk.hear(get("/poll"))
        desk.requests[1].park(desk.now + 1, fail, fail)  # type: ignore[arg-type]
        desk.conversation.peer_gone()
        assert "on_close failed" in caplog.text


class TestHandlersThatFail:
    def test_a_nimbus_error_is_its_envelope(self) -> None:
        def handler(request: AgentRequest) -> AgentResponse:
            raise NimbusError(
                "No such task",
                code="TASK_NOT_FOUND",
                exit_status=EXIT_NOT_FOUND,
                details=[{"field": "id", "message": "unknown"}],
            )

        desk = Desk(handler)
        desk.hear(get("/a") + get("/b"))
        assert [code(answer) for answer in desk.answers] == [(404, "TASK_NOT_FOUND")] * 2
        assert json.loads(desk.answers[0][1])["error"]["details"] == [{"field": "id", "message": "unknown"}]

    def test_anything_else_is_a_500_with_a_number_that_the_log_knows(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        desk = Desk(lambda request: AgentResponse(200, b"%d" % (1 // len(request.body))))
        desk.hear(get("/a") + post("/b", b"x"))
        assert code(desk.answers[0]) == (500, "INTERNAL")
        assert desk.answers[1] == (200, b"1"), "the connection stays usable"
        assert json.loads(desk.answers[0][1])["error"]["request_id"] in caplog.text
        assert "ZeroDivisionError" in caplog.text

    def test_later(self, caplog: pytest.LogCaptureFixture) -> None:
        desk = Desk(later)
        desk.hear(get("/a") + get("/b"))
        desk.requests[0].fail(NimbusError("full", code="STORAGE_FULL"))
        desk.requests[1].fail(ZeroDivisionError())
        assert [code(answer) for answer in desk.answers] == [(400, "STORAGE_FULL"), (500, "INTERNAL")]
        assert "ZeroDivisionError" in caplog.text

    def test_after_parking(self) -> None:
        ended: list[str] = []

        def handler(request: AgentRequest) -> AgentResponse:
            request.park(2000.0, lambda: AgentResponse(204), lambda: ended.append("close"))
            raise NimbusError("no", code="NO")

        desk = Desk(handler)
        desk.hear(get("/a"))
        desk.pass_time(2000.0)
        assert [code(answer) for answer in desk.answers] == [(400, "NO")]
        assert (ended, desk.shared.parked) == ([], 0)

    @pytest.mark.parametrize("response", [AgentResponse(999), AgentResponse(200, content_type="a\r\nb: c")])
    def test_a_response_that_is_none(self, response: AgentResponse) -> None:
        desk = Desk(lambda request: response)
        desk.hear(get("/a"))
        assert code(desk.answers[0]) == (500, "INTERNAL")

    def test_a_status_map_that_fails(self) -> None:
        def handler(request: AgentRequest) -> AgentResponse:
            raise NimbusError("no")

        desk = Desk(handler)
        desk.shared.dispatcher = Dispatcher(handler, lambda error: 1 // 0)
        desk.hear(get("/a"))
        assert code(desk.answers[0]) == (500, "INTERNAL")


class TestLimits:
    def refused(self, data: bytes, limits: Limits = LIMITS) -> tuple[int, str]:
        desk = Desk(limits=limits)
        desk.hear(data)
        assert desk.requests == []
        assert desk.conversation.closing
        assert not desk.conversation.wants_bytes
        assert desk.said.count(b"Connection: close") == 1
        desk.hear(get("/after"))
        (answer,) = desk.answers
        return code(answer)

    def test_head(self) -> None:
        assert self.refused(b"GET / HTTP/1.1\r\nA: " + b"b" * 16384) == (431, "HEAD_TOO_LARGE")
        assert self.refused(b"GET / HTTP/1.1\r\nA: " + b"b" * 16384 + b"\r\n\r\n") == (431, "HEAD_TOO_LARGE")

    def test_target(self) -> None:
        assert self.refused(b"GET /" + b"b" * 16384) == (414, "TARGET_TOO_LONG")
        assert self.refused(get("/" + "b" * 9000)) == (414, "TARGET_TOO_LONG")

    def test_body(self) -> None:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n"
        assert self.refused(head) == (413, "BODY_TOO_LARGE")

    def test_a_body_of_just_the_limit(self) -> None:
        desk = Desk(lambda request: AgentResponse(200, b"%d" % len(request.body)))
        desk.hear(post("/", bytes(1048576)))
        assert desk.answers == [(200, b"1048576")]

    def test_empty_lines_before_a_request(self) -> None:
        desk = Desk()
        desk.hear(b"\r\n" + get("/a") + b"\r\n" + get("/b"))
        assert [body for _, body in desk.answers] == [b"/a", b"/b"]
        assert self.refused(b"\r\n" * 3) == (400, "MALFORMED")

    def test_a_refusal_answers_the_first_request_only(self) -> None:
        desk = Desk(refusal=AgentResponse(403, b"revoked"))
        desk.hear(get("/a") + get("/b"))
        assert (desk.answers, desk.requests) == ([(403, b"revoked")], [])
        assert desk.conversation.closing


class TestExpectContinue:
    HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    def test_the_body_is_asked_for(self) -> None:
        desk = Desk(lambda request: AgentResponse(200, request.body))
        desk.hear(self.HEAD)
        assert desk.said == b"HTTP/1.1 100 Continue\r\n\r\n"
        desk.hear(b"a")
        desk.hear(b"b")
        assert desk.answers == [(100, b""), (200, b"ab")]

    def test_not_when_it_is_on_its_way(self) -> None:
        desk = Desk(lambda request: AgentResponse(200, request.body))
        desk.hear(self.HEAD + b"a")
        desk.hear(b"b")
        assert desk.answers == [(200, b"ab")]

    def test_not_before_the_answer_of_the_request_before(self) -> None:
        desk = Desk(later)
        desk.hear(get("/a") + self.HEAD)
        assert desk.said == b""
        desk.requests[0].reply(AgentResponse(200))
        assert [status for status, _ in desk.answers] == [200, 100]


class TestDeadlines:
    def test_a_slow_head_is_not_helped_by_one_more_byte(self) -> None:
        desk = Desk()
        desk.hear(b"G")
        for byte in b"ET / HTTP":
            desk.pass_time(1.0)
            desk.hear(bytes([byte]))
        assert desk.answers == []
        desk.pass_time(1.0)
        assert code(desk.answers[0]) == (408, "REQUEST_TIMEOUT")
        assert desk.shared.timeouts == {"head": 1}

    def test_a_slow_body(self) -> None:
        desk = Desk()
        desk.hear(post("/", b"abc")[:-1])
        desk.pass_time(29.9)
        assert desk.answers == []
        desk.pass_time(0.1)
        assert code(desk.answers[0]) == (408, "REQUEST_TIMEOUT")
        assert desk.requests == []

    def test_idleness_ends_without_a_word(self) -> None:
        desk = Desk()
        desk.hear(get("/"))
        desk.said = b""
        desk.pass_time(119.9)
        assert not desk.conversation.closing
        desk.pass_time(0.1)
        assert desk.conversation.closing
        assert desk.said == b""

    def test_a_connection_that_never_asks(self) -> None:
        desk = Desk()
        desk.pass_time(120.0)
        assert desk.conversation.closing

    def test_a_handler_that_forgets(self) -> None:
        desk = Desk(later)
        desk.hear(get("/"))
        desk.pass_time(60.0)
        assert code(desk.answers[0]) == (503, "OVERDUE")
        assert desk.requests[0].closed
        desk.requests[0].reply(AgentResponse(200))
        assert len(desk.answers) == 1

    def test_the_head_timer_of_what_was_pipelined_starts_with_our_attention(self) -> None:
        desk = Desk(later)
        desk.hear(get("/a") + b"GET /b")
        desk.pass_time(50.0)
        desk.requests[0].reply(AgentResponse(200))
        desk.pass_time(9.9)
        assert len(desk.answers) == 1
        desk.pass_time(0.1)
        assert code(desk.answers[1]) == (408, "REQUEST_TIMEOUT")

    def test_a_peer_is_not_blamed_for_our_backlog(self) -> None:
        desk = Desk(limits=Limits(output_bytes=10))
        desk.conversation.receive(get("/a") * 2)
        desk.conversation.expire(desk.now + 10)
        assert not desk.conversation.closing

    def test_nothing_expires_early(self) -> None:
        desk = Desk(later)
        desk.hear(get("/"))
        desk.conversation.expire(desk.conversation.deadline - 0.001)
        assert desk.said == b""


def test_shutting_down_waits_for_what_is_owed_and_takes_no_more() -> None:
    desk = Desk(later)
    desk.hear(get("/a") + get("/b"))
    desk.conversation.shut_down()
    assert not desk.conversation.closing
    desk.requests[0].reply(AgentResponse(200, b"last"))
    assert desk.answers == [(200, b"last")]
    assert b"Connection: close" in desk.said
    assert len(desk.requests) == 1


def test_a_handler_that_ends_its_own_connection() -> None:
    desk = Desk()

    def handler(request: AgentRequest) -> AgentResponse:
        desk.conversation.peer_gone()
        return AgentResponse(200)

    desk.handler = handler
    desk.hear(get("/a") + get("/b"))
    assert desk.said == b""
    assert len(desk.requests) == 1


def test_http_1_0_is_answered_and_closed() -> None:
    desk = Desk()
    desk.hear(b"GET /a HTTP/1.0\r\n\r\n" + get("/b"))
    assert desk.answers == [(200, b"/a")]
    assert b"Connection: close" in desk.said
    assert desk.conversation.closing


def test_head_has_no_body() -> None:
    desk = Desk()
    desk.hear(b"HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n")
    assert desk.said.endswith(b"Content-Length: 4\r\n\r\n")


ACTION = st.sampled_from(["hear", "garbage", "reply", "park", "time", "gone", "down", "advance"])


@settings(deadline=None)
@given(st.lists(ACTION, max_size=40))
def test_whatever_happens_each_park_ends_once_and_counts_stay_true(actions: list[str]) -> None:
    desk = Desk(later)
    ends: dict[int, list[str]] = {}

    def end_of(number: int) -> Callable[[], AgentResponse]:
        def end() -> AgentResponse:
            ends[number].append("end")
            return AgentResponse(204)

        return end

    def close_of(number: int) -> Callable[[], None]:
        def close() -> None:
            ends[number].append("close")

        return close

    gone = False
    for action in actions:
        last = desk.requests[-1] if desk.requests else None
        number = len(desk.requests)
        if action == "hear" and not gone:
            desk.hear(get("/a"))
        elif action == "garbage" and not gone:
            desk.hear(b"GET")
        elif action == "reply" and last is not None and (last.closed or not last.answered):
            desk.conversation.reply(last, AgentResponse(200))
        elif action == "park" and last is not None and not last.closed and not last.answered:
            ends[number] = []
            last.park(desk.now + 25, end_of(number), close_of(number))
        elif action == "time":
            desk.pass_time(30)
        elif action == "gone":
            gone = True
            desk.conversation.peer_gone()
        elif action == "down":
            desk.conversation.shut_down()
            desk.collect()
        elif action == "advance":
            desk.conversation.advance()
            desk.collect()
        parked = [request for request in desk.requests if request.parked]
        assert desk.shared.parked == len(parked) <= 1
        assert all(len(ended) <= 1 for ended in ends.values())
    desk.conversation.peer_gone()
    assert desk.shared.parked == 0
    assert len(desk.answers) == sum(desk.shared.statuses)
