"""Types of certificates. What holds a private key does not show it when it is printed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from nimbus.edge.certificates.issuing.records import IssuanceView
from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels, Line, Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import shaped

MAX_CHAIN = 64 * 1024
MAX_KEY = 16 * 1024
Chain = Annotated[str, shaped(minLength=1, maxLength=MAX_CHAIN)]
PrivateKey = Annotated[str, shaped(minLength=1, maxLength=MAX_KEY)]


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; `version` is the current one, `not_after` when that ends (both 0:
    none was issued yet); times are epoch microseconds.
    `warned_days`: how many days before its end that was last told; None: not yet."""

    id: str
    workspace_id: str
    name: str
    description: str = ""
    labels: dict[str, str] = {}
    version: int = 1
    not_after: int
    warned_days: int | None = None
    created_by: str
    created_at: int
    updated_at: int
    # Counts all changes.
    revision: int = 1


class CertificateVersion(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `chain` is PEM and begins with the leaf; `names` are those that it is for, `serial` is in
    hexadecimal digits, `fingerprint` the SHA-256 of the leaf. Times are epoch microseconds."""

    certificate_id: str
    number: int
    chain: str
    sealed_key: str
    names: tuple[str, ...]
    key_type: str
    serial: str
    issuer: str
    fingerprint: str
    not_before: int
    not_after: int
    created_by: str
    created_at: int

    def __repr__(self) -> str:
        return f"CertificateVersion({self.certificate_id!r}, {self.number})"


class State(StrEnum):
    PENDING = "pending"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


class CertificateUse(msgspec.Struct, frozen=True):
    """What serves it."""

    kind: str
    id: str
    name: str


class EdgeCertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as the API shows it, never with its key; times are RFC 3339. Before the first
    one is issued there is no version: `version` is 0, and what is of one is empty. `issuance`: how it is ordered,
    null where it was uploaded. `notes` is what is to know of what was uploaded, and only in the answer to that."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    description: str
    labels: dict[str, str]
    state: State
    version: int
    names: tuple[str, ...]
    key_type: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: str | None
    not_after: str | None
    issuance: IssuanceView | None
    used_by: tuple[CertificateUse, ...]
    notes: tuple[str, ...]
    created_by: str
    created_at: str
    updated_at: str
    revision: int


class CertificateVersionView(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    current: bool
    names: tuple[str, ...]
    key_type: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: str
    not_after: str
    created_by: str
    created_at: str


class CertificateExport(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    version: int
    chain: str
    private_key: str

    def __repr__(self) -> str:
        return f"CertificateExport({self.id!r}, version={self.version})"


class CertificateUpload(msgspec.Struct, forbid_unknown_fields=True):
    """`chain` is PEM: the certificate and those that vouch for it; `private_key` is PEM and not encrypted."""

    name: Name
    chain: Chain
    private_key: PrivateKey
    description: Line = ""
    labels: Labels = {}
    workspace: str = ""

    def __repr__(self) -> str:
        return f"CertificateUpload({self.name!r})"


class CertificateReplacement(msgspec.Struct, forbid_unknown_fields=True):
    chain: Chain
    private_key: PrivateKey

    def __repr__(self) -> str:
        return "CertificateReplacement()"


class CertificatePatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. A label set to null is removed."""

    name: Name | None = None
    description: Line | None = None
    labels: LabelChanges | None = None


class CertificateQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`."""

    SORTS = ("name", "created_at", "updated_at", "not_after")

    name: str | None = None
    label: LabelFilter | None = None
