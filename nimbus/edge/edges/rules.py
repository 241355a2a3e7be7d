"""Pure decisions about edges: what is kept of a report, and what of it is news."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

import msgspec

from nimbus.edge.edges.records import MAX_RESOLVERS, MAX_SHUTDOWN_S, DriftView, News, NginxStatus
from nimbus.kernel.errors import invalid
from nimbus.kernel.hosts import address_of
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

MAX_TEXT = 2000
MAX_VERSION_TEXT = 4096
MAX_SERVERS = 2000
MAX_ADDRESSES = 16
MAX_DRIFT = 100
MAX_DRIFT_CHARACTERS = 128 * 1024
# Of one report: what comes beyond is told in the list of the edge.
MAX_NEWS = 20
# It becomes a part of nginx's text.
_FOLDER = re.compile(r"(/[A-Za-z0-9._-]{1,64}){1,8}", re.ASCII)
_VERSION = re.compile(r"nginx/(\d+\.\d+\.\d+)", re.ASCII)


def checked_settings(settings: EdgeSettings) -> EdgeSettings:
    """Raises ValidationError."""
    if not 1 <= settings.worker_shutdown_s <= MAX_SHUTDOWN_S:
        raise invalid("worker_shutdown_s", f"must be from 1 to {MAX_SHUTDOWN_S}")
    if len(settings.resolvers) > MAX_RESOLVERS:
        raise invalid("resolvers", f"at most {MAX_RESOLVERS}")
    return msgspec.structs.replace(settings, resolvers=tuple(_resolver(text) for text in settings.resolvers))


def _resolver(text: str) -> str:
    """An address with or without a port, in its one spelling."""
    host, port = text.strip(), ""
    if found := re.fullmatch(r"\[([^\]]*)\]:(\d{1,5})|([^:]*):(\d{1,5})", host):
        host, port = found[1] or found[3], found[2] or found[4]
    try:
        address = address_of(host)
        if port and not 1 <= int(port) <= 65535:
            raise ValueError
    except ValueError:
        raise invalid("resolvers", f"{text!r} is no address such as 192.0.2.53 or [2001:db8::1]:53") from None
    shown = f"[{address}]" if port and address.version == 6 else str(address)
    return f"{shown}:{port}" if port else shown


class Told(msgspec.Struct, frozen=True):
    """What an edge was told to serve: names of files and upstream blocks, owners of either, ids of certificates."""

    files: frozenset[str]
    upstreams: frozenset[str]
    owners: frozenset[str]
    certificates: frozenset[str]


def kept_report(report: EdgeReport, told: Told) -> EdgeReport:
    """As far as it is about the edge itself and about what it was told, within bounds."""
    drift, room = {}, MAX_DRIFT_CHARACTERS
    for name, text in sorted(report.drift.items())[:MAX_DRIFT]:
        drift[_line(name, 130)] = text[:room]
        room = max(0, room - len(text))
    return EdgeReport(
        revision=max(0, report.revision),
        nginx=_kept_nginx(report.nginx),
        generation=max(0, report.generation),
        deploy=kept_deploy(report.deploy, told.owners) if report.deploy else None,
        counts=report.counts,
        servers=tuple(_kept_server(one) for one in report.servers if one.upstream in told.upstreams)[
            :MAX_SERVERS
        ],
        certificates={
            certificate_id: _line(serial, 64)
            for certificate_id, serial in report.certificates.items()
            if certificate_id in told.certificates
        },
        drift=drift,
    )


def _kept_nginx(nginx: NginxState) -> NginxState:
    return NginxState(
        running=nginx.running,
        version_text=nginx.version_text[:MAX_VERSION_TEXT],
        mode=_line(nginx.mode, 20),
        main_file=_line(nginx.main_file, 200),
        has_ipv6=nginx.has_ipv6,
        problem=_line(nginx.problem, MAX_TEXT),
        folder=nginx.folder if _FOLDER.fullmatch(nginx.folder) and "/.." not in nginx.folder else "",
    )


def kept_deploy(deploy: DeployReport, owners: Collection[str]) -> DeployReport:
    return DeployReport(
        max(0, deploy.generation),
        deploy.outcome,
        tuple(_kept_state(state) for state in deploy.objects if state.owner in owners),
        _kept_problem(deploy.problem) if deploy.problem else None,
    )


def _kept_state(state: ObjectState) -> ObjectState:
    return ObjectState(state.owner, max(0, state.wanted), max(0, state.served), _kept_problem(state.problem))


def _kept_problem(problem: Problem) -> Problem:
    return Problem(_line(problem.message, MAX_TEXT), max(0, problem.line))


def _kept_server(server: ServerHealth) -> ServerHealth:
    addresses = tuple(_line(address, 64) for address in server.addresses[:MAX_ADDRESSES])
    return ServerHealth(
        server.upstream, _line(server.address, 300), server.healthy, addresses, _line(server.problem, 300)
    )


def _line(text: str, most: int) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text[:most])


def nginx_status(report: EdgeReport | None) -> NginxStatus:
    if report is None:
        return "unknown"
    if not report.nginx.version_text:
        return "absent"
    return "running" if report.nginx.running else "stopped"


def version_of(report: EdgeReport | None) -> str:
    """`1.26.3`; "" when it is not known."""
    found = _VERSION.search(report.nginx.version_text) if report else None
    return found[1] if found else ""


def news_of(before: EdgeReport | None, after: EdgeReport) -> list[News]:
    """What an edge says otherwise than before."""
    news: list[News] = []
    if before is not None and before.nginx.running != after.nginx.running:
        reason = {"problem": after.nginx.problem} if after.nginx.problem else {}
        news.append(News("edge.nginx_started") if after.nginx.running else News("edge.nginx_stopped", reason))
    if after.deploy and (before is None or before.deploy != after.deploy):
        news += _of_deploy(after.deploy)
    if after.drift and (before is None or before.drift.keys() != after.drift.keys()):
        news.append(News("edge.drifted", {"files": sorted(after.drift)[:MAX_NEWS]}))
    return [*news, *_of_servers(before, after)][:MAX_NEWS]


def _of_deploy(deploy: DeployReport) -> list[News]:
    if deploy.outcome not in (Outcome.ROLLED_BACK, Outcome.REFUSED):
        return []
    words = deploy.problem.message if deploy.problem else deploy.outcome.value
    return [News("edge.rolled_back", {"problem": words, "generation": deploy.generation})]


def _of_servers(before: EdgeReport | None, after: EdgeReport) -> list[News]:
    """Of servers that are known from before; a new one is news only when it is down."""
    was = _health(before.servers if before else ())
    found = []
    for key, server in sorted(_health(after.servers).items()):
        known = was.get(key)
        if server.healthy == (known.healthy if known else True):
            continue
        facts = {"upstream": server.upstream, "server": server.address}
        problem = {"problem": server.problem} if server.problem else {}
        action = "edge.server_up" if server.healthy else "edge.server_down"
        found.append(News(action, facts if server.healthy else {**facts, **problem}))
    return found


def _health(servers: Iterable[ServerHealth]) -> dict[tuple[str, str], ServerHealth]:
    return {(server.upstream, server.address): server for server in servers}


def drift_view(name: str, written: str | None, found: str, owner: str) -> DriftView:
    """`written` None: it is no file of ours."""
    stem = name.removesuffix(".conf")
    if written is None:
        return DriftView(name=stem, owner="", state="foreign", diff=unified("", found, stem))
    if not found:
        return DriftView(name=stem, owner=owner, state="gone", diff="")
    return DriftView(name=stem, owner=owner, state="changed", diff=unified(written, found, stem))


def unified(before: str, after: str, name: str) -> str:
    """As `diff -u` shows it."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (as written)", f"{name} (now)", lineterm=""
    )
    return "\n".join(lines)


def usable(
    workspace_id: str,
    organization_id: str,
    edge_workspace: str,
    edge_organization: str,
    shared: Collection[str],
) -> bool:
    """Whether a workspace can deploy to an edge: its own, or one of its organization that is shared with it."""
    if workspace_id == edge_workspace:
        return True
    return organization_id == edge_organization and ("*" in shared or workspace_id in shared)


def auditable(settings: EdgeSettings, shared_with: Mapping[str, str]) -> dict[str, object]:
    """`shared_with`: id to name."""
    return {**msgspec.to_builtins(settings), "shared_with": sorted(shared_with.values())}
