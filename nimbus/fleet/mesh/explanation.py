"""Why two members of the mesh reach each other, or do not: what is known of both, in the order in which causes
exclude each other, and what to do about the first that is found."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nimbus.fleet.mesh.endpoints import SaidEndpoints
from nimbus.fleet.mesh.explained_ways import NOTHING_MORE, of_endpoints, of_way
from nimbus.fleet.mesh.nat.rules import UNKNOWN, Network
from nimbus.fleet.mesh.nat.words import of_network, why_relayed
from nimbus.fleet.mesh.records import CONTROL_PLANE, MeshExplanation, MeshFinding, MeshPair, Path
from nimbus.fleet.mesh.rules import SESSION_LIFETIME_S
from nimbus.protocol.messages import Link


class End(NamedTuple):
    """One of the two. `revision` is the mesh's that it has applied; None: it has told of none. `last_seen` is a
    time for people, "" for never. `unproven`: its WireGuard key has not shaken hands with the control plane's.
    `newest` is the revision that it is told; `node_id` "" of the control plane."""

    name: str
    online: bool
    waiting: bool
    endpoint: str
    revision: int | None
    last_seen: str
    unproven: bool = False
    # What its failing checks say.
    problems: tuple[str, ...] = ()
    # Of its mesh interface; 0: not known. Where that comes from.
    mtu: int = 0
    mtu_source: str = ""
    # The UDP port of its WireGuard, and the one that an operator has set; 0: not known, none.
    listen_port: int = 0
    wanted_port: int = 0
    newest: int = 0
    node_id: str = ""
    # Where it says that it is reached.
    said: SaidEndpoints = SaidEndpoints()
    # What is in front of it.
    network: Network = UNKNOWN


def explain(
    one: End,
    other: End,
    pairs: list[MeshPair],
    more: Mapping[str, Link] = NOTHING_MORE,
    lately: Sequence[MeshFinding] = (),
) -> MeshExplanation:
    """`pairs` are both directions, as far as they were measured; `more` is what was measured beyond that, by
    name of the end that did; `lately` is what was found of the last hour."""
    findings: list[MeshFinding] = []
    causes: list[tuple[str, str]] = []
    # That one end is behind is no news while the other is not even a member.
    behind: list[tuple[str, str]] = []
    for end in (one, other):
        _look_at(end, findings, causes, behind)
    causes += behind
    for pair in pairs:
        _measure(pair, why_relayed((one.name, one.network), (other.name, other.network)), findings, causes)
        findings += of_way(pair, more.get(pair.from_))
    findings += lately
    path = _worst(pairs, causes)
    # What a node says is wrong with itself explains a way that is down; it does not make one so.
    if path not in ("direct", "idle"):
        for end in (other, one):
            for problem in end.problems[:1]:
                causes.insert(0, (f"{end.name}: {problem}", f"See its checks: nimbus node show {end.name}"))
    if causes:
        summary, next_step = causes[0]
    elif not pairs or all(pair.measured_at is None for pair in pairs):
        summary, next_step = "nothing has been measured between them yet", "Measure now: nimbus mesh status"
    elif path == "idle":
        summary = "nothing was sent between them lately; the next packet opens their way"
        next_step = "To open and measure it now: nimbus mesh status"
    else:
        trips = [pair.rtt_ms for pair in pairs if pair.rtt_ms is not None]
        summary = "direct connection" + (f", round trip {max(trips):.1f} ms" if trips else "")
        next_step = ""
    return MeshExplanation(
        from_=one.name,
        to=other.name,
        path=path,
        summary=summary,
        next_step=next_step,
        findings=findings,
        pairs=pairs,
    )


def _look_at(
    end: End, findings: list[MeshFinding], causes: list[tuple[str, str]], behind: list[tuple[str, str]]
) -> None:
    if end.name == CONTROL_PLANE:
        findings.append(MeshFinding(True, "the control plane is here"))
        _look_at_mtu(end, findings)
        return
    if end.waiting:
        findings.append(MeshFinding(False, f"{end.name} waits for approval: it is in no mesh"))
        causes.append((f"{end.name} is not approved", f"Let it in: nimbus node approve {end.name}"))
        return
    if end.unproven:
        findings.append(
            MeshFinding(
                False, f"the WireGuard key of {end.name} has not shaken hands with the control plane's"
            )
        )
        causes.append(
            (
                f"{end.name} has not shown that it has its WireGuard key: the others are not told of it",
                f"Let UDP pass from {end.name} to the control plane's WireGuard port; there: nimbus-agent status",
            )
        )
        return
    if not end.online:
        since = f" since {end.last_seen}" if end.last_seen else ""
        findings.append(MeshFinding(False, f"no heartbeat from {end.name}{since}"))
        causes.append(
            (
                f"{end.name} is offline",
                f"On the machine: nimbus-agent status, journalctl -u nimbus-agent ({end.name})",
            )
        )
        return
    findings.append(MeshFinding(True, f"{end.name} sends heartbeats"))
    findings += [MeshFinding(False, f"{end.name}: {problem}") for problem in end.problems]
    missing = None if end.revision is None else end.newest - end.revision
    if missing:
        findings.append(
            MeshFinding(
                False, f"{end.name} is at revision {end.revision} of the mesh, which is at {end.newest}"
            )
        )
        behind.append(
            (
                f"{end.name} does not know the newest peers",
                f"If it stays so: journalctl -u nimbus-agent on {end.name}",
            )
        )
    elif missing == 0:
        findings.append(MeshFinding(True, f"{end.name} has applied the newest mesh, revision {end.newest}"))
    findings.append(
        MeshFinding(
            None,
            f"{end.name} is seen at {end.endpoint}"
            if end.endpoint
            else f"where {end.name} is reached is not known yet",
        )
    )
    findings += of_endpoints(end.name, end.said)
    findings.append(of_network(end.name, end.network))
    _look_at_mtu(end, findings)
    _look_at_port(end, findings)


_MTU_SOURCES = {
    "set": "as it is set",
    "route": "by its route",
    "learned": "routers on the way take no more",
    "measured": "measured: larger packets are lost on the way without an ICMP message",
    "default": "no route tells more",
}


def _look_at_mtu(end: End, findings: list[MeshFinding]) -> None:
    if end.mtu:
        source = _MTU_SOURCES.get(end.mtu_source)
        findings.append(
            MeshFinding(
                None,
                f"{end.name} sends packets of at most {end.mtu} bytes" + (f" ({source})" if source else ""),
            )
        )


def _look_at_port(end: End, findings: list[MeshFinding]) -> None:
    if not end.listen_port:
        return
    other = f", not on {end.wanted_port}, which is set" if end.wanted_port not in (0, end.listen_port) else ""
    findings.append(MeshFinding(None, f"{end.name} listens on UDP port {end.listen_port}{other}"))


def _measure(
    pair: MeshPair, relayed: tuple[str, str], findings: list[MeshFinding], causes: list[tuple[str, str]]
) -> None:
    """`relayed`: why a relay is needed, and what to do about it, as far as the networks of both tell."""
    way = f"{pair.from_} to {pair.to}"
    if pair.measured_at is None:
        findings.append(MeshFinding(None, f"{way} was not measured"))
        return
    if pair.path == "idle":
        findings.append(MeshFinding(None, f"{way}: idle, nothing was sent lately"))
        return
    age = pair.handshake_age_s
    if age is None:
        findings.append(MeshFinding(False, f"{way}: there was no WireGuard handshake"))
    else:
        findings.append(
            MeshFinding(age < SESSION_LIFETIME_S, f"{way}: last handshake {_before(pair.measured_at, age)}")
        )
    if pair.path == "relayed":
        reason, next_step = relayed
        causes.append(
            (
                "they reach each other through a relay, encrypted from end to end: "
                + (reason or "no packet passed directly"),
                next_step
                or f"For a direct way let UDP pass to the WireGuard port of {pair.from_} or {pair.to}; where a"
                " router passes a port on to it, name that there: mesh_endpoint in /etc/nimbus/agent.toml.",
            )
        )
    elif pair.rtt_ms is not None:
        findings.append(MeshFinding(True, f"{way}: answered after {pair.rtt_ms:.2f} ms"))
    elif pair.path == "direct":
        findings.append(MeshFinding(True, f"{way}: the session is alive; echoes are not answered"))
    else:
        findings.append(MeshFinding(False, f"{way}: no answer"))
        causes.append(
            (
                f"nothing comes through from {way}",
                f"Let UDP pass between the WireGuard ports of {pair.from_} and {pair.to} (firewall, NAT).",
            )
        )


def _before(moment: str, seconds: float) -> str:
    """A time (RFC 3339), not an age, which would be that of the measurement."""
    at = datetime.datetime.fromisoformat(moment) - datetime.timedelta(seconds=seconds)
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _worst(pairs: list[MeshPair], causes: list[tuple[str, str]]) -> Path:
    paths = {pair.path for pair in pairs}
    if "down" in paths or not pairs or (causes and "relayed" not in paths):
        return "down"
    if "relayed" in paths:
        return "relayed"
    return "idle" if paths == {"idle"} else "direct"
