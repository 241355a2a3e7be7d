"""Types of certificates that are ordered."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from nimbus.kernel.naming import Labels, Line, Name
from nimbus.kernel.shapes import shaped

MAX_DOMAINS = 100
Challenge = Literal["http-01"]
KeyType = Literal["ecdsa", "rsa"]
Domain = Annotated[str, shaped(minLength=1, maxLength=253)]
Domains = Annotated[list[Domain], shaped(minItems=1, maxItems=MAX_DOMAINS)]


class Directory(msgspec.Struct, frozen=True):
    """Where the authority is, and as whom it is spoken to; `ca_file` "" for authorities that are known anyway."""

    url: str
    contact: str = ""
    ca_file: str = ""
    external_key_id: str = ""
    external_key: str = ""

    def __repr__(self) -> str:
        return f"Directory({self.url!r})"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """As stored: of one directory and external account. `uri` is "" before the authority has it."""

    id: str
    directory: str
    external_key_id: str
    uri: str = ""
    sealed_key: str
    created_at: int

    def __repr__(self) -> str:
        return f"Account({self.id!r}, {self.directory!r})"


class Issuance(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `domains` are in A-labels. `renew_at` is when the next order begins,
    0: at once; nothing is done before `next_at`. `order_url`, `account_id`, `sealed_key` and `tokens` are of the
    order that is open, "" without one. `attempts` counts what failed since something succeeded; `problem`: why."""

    certificate_id: str
    domains: tuple[str, ...]
    challenge: Challenge
    key_type: KeyType
    renew_at: int = 0
    next_at: int = 0
    account_id: str = ""
    order_url: str = ""
    sealed_key: str = ""
    tokens: tuple[str, ...] = ()
    attempts: int = 0
    problem: str = ""

    def __repr__(self) -> str:
        return f"Issuance({self.certificate_id!r})"


class IssuanceView(msgspec.Struct, frozen=True, kw_only=True):
    """How a certificate is ordered; times are RFC 3339, null where there is none. `state`: `ordering` (an order is
    under way or about to be), `failing` (the last attempt failed), `issued`."""

    domains: tuple[str, ...]
    challenge: Challenge
    key_type: KeyType
    state: Literal["ordering", "failing", "issued"]
    attempts: int
    problem: str
    next_attempt_at: str | None
    renew_at: str | None


class CertificateOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A certificate that is ordered for `domains`, and renewed."""

    name: Name
    domains: Domains
    challenge: Challenge = "http-01"
    key_type: KeyType = "ecdsa"
    description: Line = ""
    labels: Labels = {}
    workspace: str = ""
