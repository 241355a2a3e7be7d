"""The agents' paths of the edge: texts and certificates that a node lacks, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from nimbus.db import Transaction
from nimbus.edge.edges.reports import EdgeReports
from nimbus.edge.sections.certificates import CertificateDoor
from nimbus.edge.sections.service import EdgeSections
from nimbus.http.agents.messages import AgentRequest
from nimbus.http.decoding import decode_with
from nimbus.kernel.errors import NotFound
from nimbus.protocol.edge import CertificateFiles, EdgeReport, EdgeTextsRequest

_report = msgspec.json.Decoder(EdgeReport)
_texts = msgspec.json.Decoder(EdgeTextsRequest)


class Job(NamedTuple):
    """What is done in a transaction for a request; one that writes answers with nothing."""

    work: Callable[[Transaction], Any]
    writes: bool = False


class EdgePaths:
    def __init__(self, sections: EdgeSections, reports: EdgeReports, certificates: CertificateDoor) -> None:
        self._sections, self._reports, self._certificates = sections, reports, certificates

    def job(self, request: AgentRequest, parts: list[str]) -> Job:
        """`parts` of the path after /v1/internal/edge/. Raises NotFound, Malformed, ValidationError."""
        node_id = request.node_id
        match (request.method, parts):
            case ("POST", ["texts"]):
                wanted: EdgeTextsRequest = decode_with(_texts, request.body)
                return Job(lambda tx: self._sections.texts(tx, node_id, wanted.sha256))
            case ("POST", ["report"]):
                report: EdgeReport = decode_with(_report, request.body)
                return Job(lambda tx: self._reports.take(tx, node_id, report), writes=True)
            case ("GET", ["certificates", certificate_id, version]) if version.isdecimal():
                number = int(version[:18])
                return Job(lambda tx: self._certificate(tx, node_id, certificate_id, number))
        raise NotFound("there is nothing at this path")

    def _certificate(
        self, tx: Transaction, node_id: str, certificate_id: str, version: int
    ) -> CertificateFiles:
        if not self._sections.names_certificate(tx, node_id, certificate_id, version):
            raise NotFound("this node is not to serve such a certificate")
        return self._certificates.files(tx, certificate_id, version)
