"""What `why` says of the ways between two members: where each is reached, by which way, what was tried."""

from __future__ import annotations

from collections.abc import Mapping

from nimbus.fleet.mesh.endpoints import SaidEndpoints
from nimbus.fleet.mesh.records import MeshFinding, MeshPair
from nimbus.protocol.messages import Link

NOTHING_MORE: Mapping[str, Link] = {}
_WAYS = {
    "lan": "on its own network",
    "outside": "outside of its own network",
    "relay": "by a relay, encrypted from end to end",
    "tls": "by TLS to the API, for UDP is blocked",
}


def of_endpoints(name: str, said: SaidEndpoints) -> list[MeshFinding]:
    """`said`: where the member says that it is reached."""
    findings = []
    if said.admitted:
        findings.append(MeshFinding(None, f"{name} says that it is reached at {', '.join(said.admitted)}"))
    findings += [
        MeshFinding(
            False, f"{name} says that it is reached at {each.endpoint!r}: not told, for it {each.reason}"
        )
        for each in said.refused
    ]
    return findings


def _described(pair: MeshPair) -> str:
    if pair.way == "relay" and pair.endpoint and ":" not in pair.endpoint:
        return f"by the relay at {pair.endpoint}, encrypted from end to end"
    return _WAYS[pair.way] if pair.way in ("relay", "tls") else f"at {pair.endpoint}, {_WAYS[pair.way]}"


def of_way(pair: MeshPair, more: Link | None) -> list[MeshFinding]:
    way = f"{pair.from_} to {pair.to}"
    findings = []
    if pair.way in _WAYS and pair.path != "down":
        findings.append(MeshFinding(None, f"{way}: {_described(pair)}"))
    if more is not None and more.tried and pair.path != "direct":
        findings.append(MeshFinding(False, f"{way}: tried without an answer: {', '.join(more.tried)}"))
    if more is not None and more.mtu and pair.path == "direct":
        text = f"{way}: packets of at most {more.mtu} bytes (measured: larger ones are lost on this way)"
        findings.append(MeshFinding(None, text))
    return findings
