from __future__ import annotations

import json

import pytest

from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.responses import ResponseEncoder, error_response


def encoder() -> ResponseEncoder:
    return ResponseEncoder(0.0)


def test_a_response_is_one_piece_with_its_length_and_date() -> None:
    assert encoder().encode(AgentResponse(200, b"{}")) == (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )


def test_the_last_one_says_so() -> None:
    assert b"\r\nConnection: close\r\n\r\n" in encoder().encode(AgentResponse(200), close=True)


@pytest.mark.parametrize("status", [204, 304])
def test_bodiless(status: int) -> None:
    data = encoder().encode(AgentResponse(status, b"body"))
    assert data.endswith(b"GMT\r\n\r\n")
    assert b"Content-Length" not in data


def test_an_answer_to_head_has_the_length_but_no_body() -> None:
    data = encoder().encode(AgentResponse(200, b"body"), head_only=True)
    assert data.endswith(b"Content-Length: 4\r\n\r\n")


@pytest.mark.parametrize(
    "response",
    [
        AgentResponse(100),
        AgentResponse(600),
        AgentResponse(200, content_type="a\r\nX: y"),
        AgentResponse(200, content_type=""),
        AgentResponse(200, content_type="é"),
    ],
)
def test_what_is_no_response(response: AgentResponse) -> None:
    with pytest.raises(ValueError):
        encoder().encode(response)


def test_a_status_without_a_name() -> None:
    assert encoder().encode(AgentResponse(299)).startswith(b"HTTP/1.1 299 \r\n")


def test_the_date_moves() -> None:
    one = encoder()
    one.tick(86400.0)
    assert b"Fri, 02 Jan 1970" in one.encode(AgentResponse(200))


def test_an_error_is_one_line_of_json() -> None:
    response = error_response(400, "BAD", "a\nb", [{"field": "f", "message": "m"}], request_id="7")
    assert b"\n" not in response.body
    assert json.loads(response.body) == {
        "error": {
            "code": "BAD",
            "message": "a\nb",
            "details": [{"field": "f", "message": "m"}],
            "request_id": "7",
        }
    }
