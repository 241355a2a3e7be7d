"""The gate before the agents' paths: whose address is believed, and what a stranger gets."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nimbus.fleet.enrolment.sources import AgentSources, SourceNotAllowed
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.http.agents.admission import Admission, Verdict
from nimbus.http.agents.head import Head
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Peer
from nimbus.http.session_gate import SessionGate
from nimbus.http.session_keys import SessionKeyIndex, SessionKeyUnknown
from nimbus.protocol.messages import SessionKey
from nimbus.protocol.signing import session_nonce, sign, with_nonce
from nimbus.settings.configuration import networks
from tests.kit import records
from tests.kit.exchange import Exchange
from tests.kit.slices import Slices, slices

PROXY = "192.0.2.1"


class Gate:
    """A gate in front of nothing but a note of who came through."""

    def __init__(self, w: Slices, sources: str) -> None:
        self.keys = SessionKeys(w.database, w.clock, w.audit, records.SEALER, w.nodes)
        self.index = SessionKeyIndex(self.keys, time.time)
        self.index.subscribe(w.bus)
        self.passed: list[AgentRequest] = []
        self.ended: list[str] = []
        self.gate = SessionGate(
            self.index,
            self.keys,
            w.database,
            self._pass,
            end_poll=self.ended.append,
            proxies=networks(PROXY, "trusted_proxies"),
            sources=AgentSources(networks(sources, "agent_sources")),
            join=self._pass,
        )
        self.gate.subscribe(w.bus)
        self.counter = 0

    def _pass(self, request: AgentRequest) -> AgentResponse:
        self.passed.append(request)
        return AgentResponse(204)

    def request(
        self, key: SessionKey | None, peer: str = PROXY, target: str = "/x", **headers: str
    ) -> AgentRequest:
        """Signed with `key`; `headers` with underscores for dashes."""
        target = "/x"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            self.counter += 1
            target = with_nonce(target, session_nonce(self.index.epoch, self.counter))
            now = str(int(time.time()))
            given |= {
                "x-access-key": key.key_id,
                "x-timestamp": now,
                "x-signature": sign(key.secret, "GET", target, now, b""),
            }
        path, _, query = target.partition("?")
        head = Head(
            "GET",
            path,
            query,
            given,
            content_length=0,
            keep_alive=True,
            expects_continue=False,
            target=target,
        )
        return AgentRequest(Exchange(""), head, b"", Peer("", "", peer))


@asynccontextmanager
async def gated(folder: Path, sources: str = "") -> AsyncIterator[tuple[Slices, Gate, Any]]:
    async with slices(folder) as w:
        gate = Gate(w, sources)
        node = await w.add_node(auth="session-key")
        key = await w.database.write(lambda tx: gate.keys.issue(tx, node))
        yield w, gate, (node, key)


@pytest.mark.parametrize(
    ("peer", "headers", "address"),
    [
        (PROXY, {}, PROXY),
        (PROXY, {"x_forwarded_for": "203.0.113.9"}, "203.0.113.9"),
        (PROXY, {"x_forwarded_for": "10.0.0.1, 203.0.113.9"}, "203.0.113.9"),
        (PROXY, {"x_real_ip": "203.0.113.9"}, "203.0.113.9"),
        (PROXY, {"x_forwarded_for": "203.0.113.9", "x_real_ip": "10.0.0.1"}, "203.0.113.9"),
        (PROXY, {"x_forwarded_for": "nonsense"}, PROXY),
        ("198.51.100.2", {"x_forwarded_for": "203.0.113.9", "x_real_ip": "203.0.113.9"}, "198.51.100.2"),
    ],
)
async def test_the_address_is_believed_of_trusted_proxies_only(
    tmp_path: Path, peer: str, headers: dict[str, str], address: str
) -> None:
    async with gated(tmp_path) as (_w, gate, (node, key)):
        assert gate.gate.handle(gate.request(key, peer, **headers)) == AgentResponse(204)
        [request] = gate.passed
        assert (request.node_id, request.serial, request.peer_address) == (node.id, key.key_id, address)


async def test_the_allow_list_comes_before_any_signature(tmp_path: Path) -> None:
    async with gated(tmp_path, "203.0.113.0/24") as (_w, gate, (_node, key)):
        gate.gate.handle(gate.request(key, x_forwarded_for="203.0.113.9"))
        with pytest.raises(SourceNotAllowed):
            gate.gate.handle(gate.request(key, x_forwarded_for="198.51.100.1"))
        with pytest.raises(SourceNotAllowed):
            gate.gate.handle(gate.request(None, "203.0.114.1", x_forwarded_for="203.0.113.9"))
        assert len(gate.passed) == 1


async def test_a_stranger_gets_nowhere(tmp_path: Path) -> None:
    async with gated(tmp_path) as (_w, gate, _):
        for key in (None, SessionKey("NSunknown", "s")):
            with pytest.raises(SessionKeyUnknown):
                gate.gate.handle(gate.request(key))
        assert gate.passed == []


async def test_a_key_that_cannot_be_opened_keeps_no_other_out(tmp_path: Path) -> None:
    async with gated(tmp_path) as (w, gate, (node, key)):
        other = await w.add_node("web-2", auth="session-key")
        await w.database.write(lambda tx: gate.keys.issue(tx, other))
        await w.database.write(
            lambda tx: tx.execute(
                "UPDATE node_session_keys SET sealed_secret = 'x.y' WHERE node_id = ?", (other.id,)
            )
        )
        index = SessionKeyIndex(gate.keys, time.time)
        await index.load(w.database)
        index.epoch = gate.index.epoch
        assert index.recognise(gate.request(key)).node_id == node.id


async def test_what_a_key_used_up_stays_used_up_when_its_role_changes(tmp_path: Path) -> None:
    async with gated(tmp_path) as (w, gate, (node, _key)):
        from nimbus.kernel.routing import Target

        await gate.keys.rotate(records.ADMIN, Target(node.id))
        new = await gate.keys.fetch(node.id)
        recorded = gate.request(new)
        gate.gate.handle(recorded)
        await w.database.write(lambda tx: None)
        assert gate.index.unused == {}
        again = gate.gate.handle(recorded)
        assert again is not None
        assert again.status == 401
        assert gate.ended


def test_many_nodes_may_come_from_one_proxy() -> None:
    admission = Admission(Limits(connections=100, connections_per_address=1))
    assert [admission.enter(PROXY, shared=True) for _ in range(50)] == [Verdict.SERVE] * 50
    assert admission.enter("198.51.100.1") is Verdict.SERVE
    assert admission.enter("198.51.100.1") is Verdict.BUSY
    for _ in range(50):
        admission.leave(PROXY)
    assert admission.open == 2
