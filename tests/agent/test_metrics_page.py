"""`/metrics` of the agent: to this machine alone, in the format that Prometheus reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from agent.agent_metrics import of_edge
from agent.edge.nginx import asked
from agent.metrics_page import Metric, MetricsPage, page
from agent.metrics_place import MetricsPlace, parse_place
from nimbus.protocol.edge import EdgeReport, NginxCounts, NginxState, ServerHealth
from nimbus.protocol.errors import UsageError


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("unix:/run/a.sock", MetricsPlace(path="/run/a.sock")),
        ("127.0.0.1:9469", MetricsPlace(host="127.0.0.1", port=9469)),
        ("[::1]:9469", MetricsPlace(host="::1", port=9469)),
    ],
)
def test_places(text: str, place: MetricsPlace | None) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["0.0.0.0:9469", ":9469", "unix:relative", "127.0.0.1:0", "127.0.0.1:99999"])
def test_nobody_else_reads_them(text: str) -> None:
    with pytest.raises(UsageError):
        parse_place(text)


def test_the_text() -> None:
    text = page([Metric("b_total", 12345678901, "B."), Metric("a", 0.5, "A.", (("name", 'x"\\\n'),))])
    assert text.splitlines() == [
        "# HELP a A.",
        "# TYPE a gauge",
        r'a{name="x\"\\\n"} 0.5',
        "# HELP b_total B.",
        "# TYPE b_total counter",
        "b_total 12345678901",
    ]


async def test_it_is_served_on_a_socket_of_our_own(tmp_path: Path) -> None:
    report = EdgeReport(
        1,
        NginxState(running=True),
        generation=7,
        counts=NginxCounts(active=1, requests=42),
        servers=(ServerHealth("up", "a:80", healthy=False),),
    )

    async def collect() -> list[Metric]:
        return list(of_edge(report))

    socket = tmp_path / "metrics.sock"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(MetricsPage(MetricsPlace(path=str(socket)), collect).run)
        with trio.fail_after(5):
            while not (text := await asked(socket, "/metrics")):
                await trio.sleep(0.01)
        assert "nimbus_nginx_requests_total 42\n" in text
        assert 'nimbus_upstream_server_up{server="a:80",upstream="up"} 0\n' in text
        assert await asked(socket, "/") == ""
        assert oct(socket.stat().st_mode)[-3:] == "660"
        nursery.cancel_scope.cancel()
