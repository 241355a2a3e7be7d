"""The section `node` for nodes that ask the API, because they do not find the agents' listener any more."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Container

import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.node_section.service import NodeSections
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.errors import Conflict, Forbidden
from nimbus.protocol.outside import (
    OutsideAnswer,
    OutsideQuestion,
    answer_statement,
    keyed_signature,
    question_statement,
)
from nimbus.protocol.signing import SIGNATURE_WINDOW_S
from nimbus.trust.pki.authority import Authority
from nimbus.trust.pki.node_proof import Signer, signer_of


class NodeUnproven(Forbidden):
    """Whoever asks has not shown that it is a node of this control plane."""

    code = "NODE_UNPROVEN"


class QuestionTooOld(Conflict):
    code = "CLOCK_SKEWED"


class OutsideSections:
    """`revoked` are serials that are refused whatever the database says. `check_source` raises for an address that
    no node may come from. `generation` is the database's."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        nodes: Nodes,
        session_keys: SessionKeys,
        sections: NodeSections,
        authority: Authority,
        revoked: Container[str],
        check_source: Callable[[str], None],
        generation: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._nodes = nodes
        self._session_keys = session_keys
        self._sections = sections
        self._authority = authority
        self._revoked = revoked
        self._check_source = check_source
        self._generation = generation

    async def answer(self, question: OutsideQuestion, source: str) -> OutsideAnswer:
        """Raises NodeUnproven, QuestionTooOld, and what `check_source` raises."""
        self._check_source(source)
        now = self._clock.now()
        if question.key_id:
            signer = await self._signer_by_key(question)
        else:
            signer = await trio.to_thread.run_sync(self._signer, question, now)
        if signer is None or signer.serial in self._revoked:
            raise _unproven()
        # Only who is a node learns how its clock is off.
        off = question.sent_at - to_seconds(now)
        if abs(off) > SIGNATURE_WINDOW_S:
            raise QuestionTooOld(
                f"the node's clock is {off:+.0f} s off the control plane's", next_step="Set the clock (NTP)."
            )
        section = await self._database.read(
            lambda tx: (
                self._sections.document(tx, signer.node_id)
                if self._is_good(tx, signer, by_key=bool(question.key_id))
                else None
            )
        )
        if section is None:
            raise _unproven()
        statement = answer_statement(question.nonce, signer.node_id, self._generation, section)
        signature = await trio.to_thread.run_sync(self._authority.sign_statement, statement)
        return OutsideAnswer(
            section=section,
            generation=self._generation,
            signature=signature.hex(),
            bridge=self._authority.bridge_pem,
        )

    def _is_good(self, tx: Transaction, signer: Signer, *, by_key: bool) -> bool:
        if by_key:
            return self._session_keys.find(tx, signer.serial) is not None
        return self._nodes.is_good_certificate(tx, signer.serial, signer.node_id)

    async def _signer_by_key(self, question: OutsideQuestion) -> Signer | None:
        row = await self._database.read(lambda tx: self._session_keys.find(tx, question.key_id))
        if row is None:
            return None
        statement = question_statement(question.sent_at, question.nonce)
        expected = keyed_signature(self._session_keys.open(row), statement)
        is_right = hmac.compare_digest(expected.encode(), question.signature.encode("utf-8", "surrogatepass"))
        return Signer(row.node_id, row.id) if is_right else None

    def _signer(self, question: OutsideQuestion, now: int) -> Signer | None:
        try:
            signature = bytes.fromhex(question.signature)
        except ValueError:
            return None
        statement = question_statement(question.sent_at, question.nonce)
        return signer_of(self._authority, question.certificate, statement, signature, now)


def _unproven() -> NodeUnproven:
    return NodeUnproven(
        "this is not signed by a node of this control plane, or its certificate is not accepted any more",
        next_step="If it is one, have it join again: nimbus node token --rejoin NODE",
    )
