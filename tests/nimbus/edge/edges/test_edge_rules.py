"""What is kept of a report, what of it is news, and how an edge is set."""

from __future__ import annotations

import pytest

from nimbus.edge.edges.records import News
from nimbus.edge.edges.rules import (
    MAX_NEWS,
    Told,
    checked_settings,
    drift_view,
    kept_report,
    news_of,
    nginx_status,
    usable,
    version_of,
)
from nimbus.kernel.errors import ValidationError
from nimbus.protocol.edge import (
    DeployReport,
    EdgeReport,
    EdgeSettings,
    NginxState,
    ObjectState,
    Outcome,
    Problem,
    ServerHealth,
)

TOLD = Told(frozenset({"a"}), frozenset({"u"}), frozenset({"virtual_host/a"}), frozenset({"c1"}))
RUNS = NginxState(running=True, version_text="nginx version: nginx/1.26.3")


def report(**of: object) -> EdgeReport:
    return EdgeReport(**{"revision": 3, "nginx": RUNS, **of})  # type: ignore[arg-type]


def test_what_is_about_others_is_not_kept() -> None:
    why = Problem("bad\nline", 3)
    kept = kept_report(
        report(
            servers=(ServerHealth("u", "10.0.0.1:80", True), ServerHealth("other", "10.0.0.1:80", False)),
            certificates={"c1": "0a", "c2": "0b"},
            deploy=DeployReport(
                3,
                Outcome.PROVEN,
                (ObjectState("virtual_host/a", 2, 1, why), ObjectState("virtual_host/z", 2, 1, why)),
            ),
        ),
        TOLD,
    )
    assert [one.upstream for one in kept.servers] == ["u"]
    assert kept.certificates == {"c1": "0a"}
    assert kept.deploy is not None
    assert [(one.owner, one.problem.message) for one in kept.deploy.objects] == [
        ("virtual_host/a", "bad line")
    ]


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        ("/srv/edge", "/srv/edge"),
        ("", ""),
        ("/srv/edge;", ""),
        ("/srv/../etc", ""),
        ("srv", ""),
        ('/srv/"x', ""),
        ("/srv/a b", ""),
        ("/srv/a\n", ""),
    ],
)
def test_a_folder_that_could_be_a_directive_is_none(folder: str, kept: str) -> None:
    nginx = NginxState(running=True, version_text="x", folder=folder)
    assert kept_report(report(nginx=nginx), TOLD).nginx.folder == kept


def test_bounds() -> None:
    long = "x" * 1_000_000
    kept = kept_report(
        report(
            nginx=NginxState(version_text=long, problem=long, mode=long, main_file=long),
            drift={f"{number}": long for number in range(500)},
            servers=tuple(
                ServerHealth("u", f"{number}", False, (long,) * 50, long) for number in range(5000)
            ),
        ),
        TOLD,
    )
    assert sum(map(len, kept.drift.values())) <= 128 * 1024
    assert len(kept.drift) == 100
    assert len(kept.servers) == 2000
    assert len(kept.servers[0].addresses) == 16
    assert len(kept.nginx.version_text) + len(kept.nginx.problem) < 10_000
    assert len(news_of(None, kept)) <= MAX_NEWS


def test_status_and_version() -> None:
    assert (nginx_status(None), version_of(None)) == ("unknown", "")
    assert (nginx_status(report()), version_of(report())) == ("running", "1.26.3")
    assert nginx_status(report(nginx=NginxState(version_text="nginx/1.22.1"))) == "stopped"
    assert nginx_status(report(nginx=NginxState(problem="no nginx"))) == "absent"


def test_each_change_is_news_once() -> None:
    down = ServerHealth("u", "10.0.0.1:80", False, problem="timed out")
    up = ServerHealth("u", "10.0.0.1:80", True)
    stopped = NginxState(version_text="nginx/1.26.3", problem="was killed")
    back = DeployReport(4, Outcome.ROLLED_BACK, problem=Problem("bind() failed"))
    cases: list[tuple[EdgeReport | None, EdgeReport, list[News]]] = [
        (None, report(), []),
        (report(), report(), []),
        (report(), report(nginx=stopped), [News("edge.nginx_stopped", {"problem": "was killed"})]),
        (report(nginx=stopped), report(), [News("edge.nginx_started")]),
        (
            None,
            report(servers=(down,)),
            [News("edge.server_down", {"upstream": "u", "server": "10.0.0.1:80", "problem": "timed out"})],
        ),
        (report(servers=(down,)), report(servers=(down,)), []),
        (None, report(servers=(up,)), []),
        (
            report(servers=(down,)),
            report(servers=(up,)),
            [News("edge.server_up", {"upstream": "u", "server": "10.0.0.1:80"})],
        ),
        (
            report(),
            report(deploy=back),
            [News("edge.rolled_back", {"problem": "bind() failed", "generation": 4})],
        ),
        (report(deploy=back), report(deploy=back), []),
        (report(), report(deploy=DeployReport(4, Outcome.PROVEN)), []),
        (report(), report(drift={"a.conf": "x"}), [News("edge.drifted", {"files": ["a.conf"]})]),
        (report(drift={"a.conf": "x"}), report(drift={"a.conf": "y"}), []),
    ]
    for before, after, news in cases:
        assert news_of(before, after) == news


def test_resolvers_in_their_one_spelling() -> None:
    given = ("192.0.2.53", "[2001:DB8::1]:53", "2001:db8::1", "192.0.2.53:5353")
    kept = checked_settings(EdgeSettings(resolvers=given)).resolvers
    assert kept == ("192.0.2.53", "[2001:db8::1]:53", "2001:db8::1", "192.0.2.53:5353")


@pytest.mark.parametrize(
    "text",
    ["", "dns.example", "192.0.2.53:0", "192.0.2.53:99999", "1.1.1.1;", "[::1]", "a b", "fe80::1%a; }"],
)
def test_what_is_no_resolver(text: str) -> None:
    with pytest.raises(ValidationError, match="no address"):
        checked_settings(EdgeSettings(resolvers=(text,)))


@pytest.mark.parametrize(
    "settings",
    [
        EdgeSettings(worker_shutdown_s=0),
        EdgeSettings(worker_shutdown_s=10**6),
        EdgeSettings(resolvers=("::1",) * 9),
    ],
)
def test_settings_out_of_bounds(settings: EdgeSettings) -> None:
    with pytest.raises(ValidationError):
        checked_settings(settings)


@pytest.mark.parametrize(
    ("workspace", "organization", "shared", "may"),
    [
        ("w1", "o1", (), True),
        ("w2", "o1", (), False),
        ("w2", "o1", ("w2",), True),
        ("w2", "o1", ("w3",), False),
        ("w2", "o1", ("*",), True),
        # An organization shares with its own only, whatever the list says.
        ("w4", "o2", ("*",), False),
        ("w4", "o2", ("w4",), False),
    ],
)
def test_who_can_deploy_to_an_edge(
    workspace: str, organization: str, shared: tuple[str, ...], may: bool
) -> None:
    assert usable(workspace, organization, "w1", "o1", shared) is may


def test_drift_as_it_is_shown() -> None:
    changed = drift_view("a.conf", "one\ntwo\n", "one\nthree\n", "virtual_host/x")
    assert (changed.name, changed.state, changed.owner) == ("a", "changed", "virtual_host/x")
    assert "-two" in changed.diff
    assert "+three" in changed.diff
    assert drift_view("a.conf", "one\n", "", "virtual_host/x").state == "gone"
    foreign = drift_view("b.conf", None, "server {}\n", "")
    assert (foreign.state, foreign.owner) == ("foreign", "")
    assert "+server {}" in foreign.diff
