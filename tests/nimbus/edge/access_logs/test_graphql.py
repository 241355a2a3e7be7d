"""The GraphQL query: what it asks for, and how much it may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from nimbus.edge.access_logs.graphql import GraphqlRequest, run
from nimbus.edge.access_logs.lines import NO_ID, NOTHING, Entry, Place
from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.search import Found, RowKey
from nimbus.kernel.errors import ValidationError

READABLE = Wanted(since=0, until=2**53, workspaces=frozenset({"w1"}))
ENTRY = Entry(
    1_772_447_400_000,
    Place("node-1", "", "w1"),
    "192.0.2.1",
    "GET",
    "/a",
    "HTTP/1.1",
    "www.example",
    503,
    2**40,
    NOTHING,
    "",
    NOTHING,
    "",
    "",
    NO_ID,
    "",
)


class Logs:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Wanted, int]] = []

    def __call__(self, wanted: Wanted, limit: int, seconds: float) -> Found:
        self.asked.append((wanted, limit))
        return Found([(RowKey(ENTRY.at, 1, 2), ENTRY)], None)


def ask(query: str, logs: Logs | None = None, **fields: Any) -> dict[str, Any]:
    return run(GraphqlRequest(query=query, **fields), READABLE, logs or Logs(), 2.0)


def test_the_query_of_the_documents() -> None:
    logs = Logs()
    data = ask(
        """query($least: Int) { accessLogs(filter: {
          agentId: "NODE-1", timeRange: {from: "2026-03-01", to: "2026-03-02T12:00:00Z"}, statusCode: {gte: $least}
        }, limit: 100) { timestamp method uri status responseTimeMs bodyBytesSent __typename } }""",
        logs,
        variables={"least": 500},
    )
    assert data == {
        "accessLogs": [
            {
                "timestamp": "2026-03-02T10:30:00.000000Z",
                "method": "GET",
                "uri": "/a",
                "status": 503,
                "responseTimeMs": None,
                "bodyBytesSent": 2**40,
                "__typename": "AccessLogEntry",
            }
        ]
    }
    [(wanted, limit)] = logs.asked
    assert limit == 100
    assert (wanted.since, wanted.until) == (1_772_323_200_000, 1_772_452_800_000)
    assert (wanted.nodes, wanted.status_least, wanted.status_most) == (frozenset({"node-1"}), 500, 999)
    assert wanted.workspaces == READABLE.workspaces


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("nonsense {", "Syntax Error"),
        ("{nothing}", "nothing"),
        ("{accessLogs {secret}}", "secret"),
        ("{accessLogs(limit: 1001) {id}}", "limit must be"),
        ("{accessLogs(limit: -1) {id}}", "limit must be"),
        ('{accessLogs(filter: {timeRange: {from: "x"}}) {id}}', "RFC 3339"),
        ('{accessLogs(filter: {statusCode: {eq: "x"}}) {id}}', "Int"),
        ("mutation {accessLogs {id}}", "only queries"),
        ("subscription {accessLogs {id}}", "only queries"),
        ("{__schema {types {name}}}", "schema"),
        ("{" + " ".join(f"a{n}: accessLogs {{id}}" for n in range(5)) + "}", "more than 4 times"),
        ("{accessLogs {" + " ".join(f"a{n}: id" for n in range(11)) + "}}", "aliases"),
        (
            "{accessLogs {...a}} fragment a on AccessLogEntry {...b} fragment b on AccessLogEntry {id}",
            "a fragment",
        ),
        ("{accessLogs {...a}} fragment a on AccessLogEntry {...a}", "a fragment"),
        ("{accessLogs {" + "...on AccessLogEntry {" * 5 + "id" + "}" * 5 + "}}", "deep"),
        ("{" * 5000, "Syntax Error"),
        ("{accessLogs {id" + " @skip(if: false)" * 11 + "}}", "directives"),
        ("{accessLogs {" + "id " * 2000 + "}}", "tokens"),
        ("\ud800", "Syntax Error"),
    ],
)
def test_what_is_too_much_or_no_query_is_refused_in_words(query: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ask(query)


def test_a_search_that_took_too_long_is_no_answer() -> None:
    def slow(_wanted: Wanted, _limit: int, _seconds: float) -> Found:
        return Found([], RowKey(1, 0, 0))

    with pytest.raises(ValidationError, match="narrow timeRange"):
        run(GraphqlRequest(query="{accessLogs {id}}"), READABLE, slow, 2.0)
