"""What the control plane has of an edge: its section, the texts and certificates that it lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from agent.edge.desired import DeltaUnknown, DesiredEdge, following
from agent.link import ControlPlaneLink
from nimbus.protocol.edge import (
    MAX_TEXTS,
    CertificateFiles,
    EdgeCertificate,
    EdgeDocument,
    EdgeSection,
    EdgeTexts,
    EdgeTextsRequest,
)
from nimbus.protocol.errors import NimbusError

_section = msgspec.json.Decoder(EdgeSection | None)
_texts = msgspec.json.Decoder(EdgeTexts)
_certificate = msgspec.json.Decoder(CertificateFiles)


class NotFetched(NimbusError):
    code = "EDGE_NOT_FETCHED"


class Fetching:
    """Requests raise LinkDown."""

    def __init__(self, node_id: str, link: ControlPlaneLink) -> None:
        self._node_id, self._link = node_id, link

    async def news(self, desired: DesiredEdge) -> tuple[EdgeDocument, dict[str, str]] | None:
        """What follows on what is there, with the texts that it lacks; None when nothing does. Raises NotFetched:
        it has changed meanwhile, or is no such section."""
        document = await self._document(desired.document, desired.revision)
        if document is None:
            return None
        return document, await self._fetch_texts(desired.lacking(document))

    async def _document(self, before: EdgeDocument, revision: int) -> EdgeDocument | None:
        target = f"/v1/internal/desired/{self._node_id}/edge?revision={revision}"
        reply = await self._link.request("GET", target)
        if reply.status == 304:
            return None
        if reply.status != 200:
            raise NotFetched(f"the section was refused with status {reply.status}")
        try:
            section = _section.decode(reply.body)
            if section is None or (section.whole is None and section.delta is None):
                return None
            return following(before, section)
        except DeltaUnknown:
            if not revision:
                raise NotFetched("the section cannot be read") from None
            return await self._document(EdgeDocument(0), 0)
        except msgspec.DecodeError:
            raise NotFetched("the section cannot be read") from None

    async def _fetch_texts(self, digests: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for first in range(0, len(digests), MAX_TEXTS):
            wanted = digests[first : first + MAX_TEXTS]
            body = msgspec.json.encode(EdgeTextsRequest(tuple(wanted)))
            reply = await self._link.request("POST", "/v1/internal/edge/texts", body)
            found |= _checked_texts(reply.status, reply.body, wanted)
        return found

    async def certificate(self, wanted: EdgeCertificate) -> CertificateFiles:
        """Raises NotFetched."""
        target = f"/v1/internal/edge/certificates/{wanted.id}/{wanted.version}"
        reply = await self._link.request("GET", target)
        if reply.status != 200:
            raise NotFetched(f"certificate {wanted.id} was refused with status {reply.status}")
        try:
            return _certificate.decode(reply.body)
        except msgspec.DecodeError:
            # What is in it stays out of the words: a part of a key may be.
            raise NotFetched(f"certificate {wanted.id} cannot be read") from None


def _checked_texts(status: int, body: bytes, wanted: Sequence[str]) -> dict[str, str]:
    if status != 200:
        raise NotFetched(f"texts were refused with status {status}")
    try:
        texts = _texts.decode(body).texts
    except msgspec.DecodeError:
        raise NotFetched("texts cannot be read") from None
    for digest in wanted:
        if hashlib.sha256(texts.get(digest, "").encode()).hexdigest() != digest:
            raise NotFetched(f"the text {digest[:12]} is not what its digest says")
    return {digest: texts[digest] for digest in wanted}
