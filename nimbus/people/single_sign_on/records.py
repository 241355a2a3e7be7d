"""Types of identity providers and of signing in through them."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels, Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import PEM, line, matching, shaped
from nimbus.people.identity.proof_key import ChallengeOrNone
from nimbus.people.identity.records import ControlPlaneMark
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.single_sign_on.addresses import (
    CliRedirectOrNone,
    Issuer,
    IssuerOrNone,
    RedirectOrNone,
    ReturnPath,
    ReturnPathOrNone,
)

Kind = Literal["oidc", "github"]
SignUp = Literal["off", "mapped", "on"]
DEFAULT_SCOPES = ("openid", "email", "profile")
GITHUB = "https://github.com"
GITHUB_SCOPES = ("read:user", "user:email", "read:org")

MAX_TEXT, MAX_SECRET, MAX_LIST, MAX_CA = 255, 4096, 200, 256 * 1024
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}", re.ASCII)
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN = re.compile(rf"@?({_LABEL}\.)+{_LABEL}", re.ASCII)
_Text = Annotated[str, line(MAX_TEXT)]
_Word = Annotated[str, line(MAX_TEXT), shaped(minLength=1)]
_Secret = Annotated[str, line(MAX_SECRET)]
# Of none the usual ones are taken. OpenID Connect wants `openid` among them.
_Scopes = Annotated[tuple[Annotated[str, matching(SCOPE)], ...], shaped(maxItems=MAX_LIST)]
_Domains = Annotated[tuple[Annotated[str, matching(DOMAIN)], ...], shaped(maxItems=MAX_LIST)]
_Authorities = Annotated[str, shaped(pattern=PEM, maxLength=MAX_CA)]


class MappedGroup(msgspec.Struct, frozen=True):
    """Whoever has `value` among their groups at the provider is a member of the group here."""

    value: str
    group_id: str


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `sealed_client_secret` "": a public client. `redirect_uri` "": the
    callback at this control plane's own address."""

    id: str
    name: str
    kind: Kind = "oidc"
    display_name: str = ""
    issuer: str
    client_id: str
    sealed_client_secret: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    groups_claim: str = "groups"
    username_claim: str = "preferred_username"
    group_mapping: tuple[MappedGroup, ...] = ()
    organization_id: str | None = None
    sign_up: SignUp = "off"
    link_by_email: bool = False
    require_verified_email: bool = True
    email_domains: tuple[str, ...] = ()
    ca_pem: str = ""
    redirect_uri: str = ""
    enabled: bool = True
    labels: dict[str, str] = {}
    created_at: int
    updated_at: int
    revision: int = 1

    @property
    def source(self) -> str:
        """Of the group memberships that it gives."""
        return f"oidc:{self.id}"

    def __repr__(self) -> str:
        return f"IdentityProvider({self.name!r}, {self.issuer!r})"


class GroupMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`group` is an id, or a name in `organization` (that of the provider when it is not given)."""

    value: Annotated[str, line(MAX_TEXT), shaped(minLength=1)]
    group: str
    organization: str = ""


class GroupMappingView(msgspec.Struct, frozen=True):
    """`group` and `organization` are null where the group has gone."""

    value: str
    group_id: str
    group: str | None
    organization: str | None


_Mapping = Annotated[tuple[GroupMapping, ...], shaped(maxItems=MAX_LIST)]


class IdentityProviderRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`organization` (name or id; `default` when it is not given) is the home of users who sign up. `client_secret`
    is never shown again. `ca_pem` are further authorities for a private issuer. `redirect_uri`: where the control
    plane is reached by another address than it knows, behind a proxy say."""

    SCHEMA: ClassVar[dict[str, Any]] = {
        "if": {"properties": {"kind": {"const": "github"}}, "required": ["kind"]},
        "then": {"properties": {"client_secret": {"minLength": 1}}, "required": ["client_secret"]},
        "else": {"properties": {"issuer": {"minLength": 1}}, "required": ["issuer"]},
    }

    name: Name
    kind: Kind = "oidc"
    display_name: _Text = ""
    issuer: IssuerOrNone = ""
    client_id: _Word
    client_secret: _Secret = ""
    scopes: _Scopes = ()
    groups_claim: _Text = "groups"
    username_claim: _Text = ""
    group_mapping: _Mapping = ()
    organization: str = ""
    sign_up: SignUp = "off"
    link_by_email: bool = False
    require_verified_email: bool = True
    email_domains: _Domains = ()
    ca_pem: _Authorities = ""
    redirect_uri: RedirectOrNone = ""
    enabled: bool = True
    labels: Labels = {}

    def __repr__(self) -> str:
        return f"IdentityProviderRequest({self.name!r})"


class IdentityProviderPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Fields that are not given stay as they are. `group_mapping`, `scopes` and `email_domains` replace what was
    there; a client secret of "" makes it a public client; a label set to null is removed."""

    name: Name | None = None
    display_name: _Text | None = None
    issuer: Issuer | None = None
    client_id: _Word | None = None
    client_secret: _Secret | None = None
    scopes: Annotated[_Scopes, shaped(minItems=1)] | None = None
    groups_claim: _Text | None = None
    username_claim: _Text | None = None
    group_mapping: _Mapping | None = None
    organization: str | None = None
    sign_up: SignUp | None = None
    link_by_email: bool | None = None
    require_verified_email: bool | None = None
    email_domains: _Domains | None = None
    ca_pem: _Authorities | None = None
    redirect_uri: RedirectOrNone | None = None
    enabled: bool | None = None
    labels: LabelChanges | None = None

    def __repr__(self) -> str:
        return "IdentityProviderPatch()"


class IdentityProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `redirect_uri` and `backchannel_logout_uri` are what is registered at the provider."""

    id: str
    name: str
    kind: Kind
    display_name: str
    issuer: str
    client_id: str
    has_client_secret: bool
    scopes: tuple[str, ...]
    groups_claim: str
    username_claim: str
    group_mapping: tuple[GroupMappingView, ...]
    organization_id: str | None
    organization: str | None
    sign_up: SignUp
    link_by_email: bool
    require_verified_email: bool
    email_domains: tuple[str, ...]
    ca_pem: str
    redirect_uri: str
    backchannel_logout_uri: str
    enabled: bool
    users: int
    labels: dict[str, str]
    created_at: str
    updated_at: str
    revision: int


class IdentityProviderQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`."""

    SORTS: ClassVar[tuple[str, ...]] = ("name", "created_at", "updated_at")

    name: str | None = None
    kind: Kind | None = None
    enabled: bool | None = None
    label: LabelFilter | None = None


class ProviderCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a test of a provider found. `problems` is empty when people can sign in."""

    ok: bool
    problems: tuple[str, ...]
    issuer: str
    redirect_uri: str
    endpoints: dict[str, str] = {}
    signing_keys: tuple[str, ...] = ()
    client_authentication: str = ""
    device_flow: bool = False
    sign_out: bool = False


class SignInMethod(msgspec.Struct, frozen=True):
    """A provider on the sign-in page; `start` is the path to open in the browser."""

    name: str
    display_name: str
    kind: Kind
    start: str


class SignInMethods(msgspec.Struct, frozen=True):
    """`setup_required`: there is no administrator yet, and nobody can sign in before there is."""

    password: bool
    passkey: bool
    providers: list[SignInMethod]
    setup_required: bool
    control_plane: ControlPlaneMark


class StartQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`return_to` is a path of this control plane. A command line gives `cli_redirect`, its own loopback address,
    and `cli_challenge`, the S256 challenge (RFC 7636) of what it fetches its tokens with. `purpose` link: what
    comes back is a code that links the account (with the challenge, also where it comes back to `return_to`)."""

    purpose: Literal["sign-in", "link"] = "sign-in"
    return_to: ReturnPath = "/"
    cli_redirect: CliRedirectOrNone = ""
    cli_challenge: ChallengeOrNone = ""


class CallbackQuery(msgspec.Struct):
    """RFC 6749 section 4.1.2 and RFC 9207. Providers add parameters of their own."""

    state: str = ""
    code: str = ""
    error: str = ""
    error_description: str = ""
    iss: str = ""

    def __repr__(self) -> str:
        return "CallbackQuery()"


class ExchangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`verifier` is what `cli_challenge` was made of."""

    code: str
    verifier: str

    def __repr__(self) -> str:
        return "ExchangeRequest()"


class DeviceStart(msgspec.Struct, frozen=True):
    """RFC 8628 section 3.2; seconds. `ticket` is what the tokens are asked for with."""

    ticket: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class DeviceRequest(msgspec.Struct, forbid_unknown_fields=True):
    ticket: str

    def __repr__(self) -> str:
        return "DeviceRequest()"


class DeviceAnswer(msgspec.Struct, frozen=True):
    """`signed_in` is null while the person has not finished: ask again after `interval` seconds."""

    signed_in: SignedIn | None
    interval: int


class LogoutQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`return_to`: a path of this control plane to come back to; it must be registered at the provider. `hint`
    false leaves the ID token out of the address: the provider then asks the person."""

    return_to: ReturnPathOrNone = ""
    hint: bool = True


class LogoutAddress(msgspec.Struct, frozen=True):
    """`url` is null where the provider has no such thing."""

    url: str | None


class BackchannelLogout(msgspec.Struct):
    """OpenID Connect Back-Channel Logout 1.0 section 2.5: a form."""

    FORM: ClassVar[bool] = True

    logout_token: str

    def __repr__(self) -> str:
        return "BackchannelLogout()"


class EndedSessions(msgspec.Struct, frozen=True):
    ended: int


class ExternalPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a provider vouches for. `email` "" where it gives none; `groups` as the provider names them. `id_token`
    is kept for the sign-out; `provider_session` is the claim sid; `second_factor`: its `amr` has `mfa`."""

    issuer: str
    subject: str
    username: str = ""
    email: str = ""
    email_verified: bool = False
    display_name: str = ""
    groups: frozenset[str] = frozenset()
    id_token: str = ""
    provider_session: str = ""
    second_factor: bool = False

    def __repr__(self) -> str:
        return f"ExternalPerson({self.subject!r})"


class ExternalIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a provider that is linked to a user here, as stored."""

    provider_id: str
    issuer: str
    subject: str
    user_id: str
    created_at: int
    last_login_at: int


class IdentityView(msgspec.Struct, frozen=True, kw_only=True):
    """An account at an identity provider with which one may sign in. Times are RFC 3339."""

    provider: str
    display_name: str
    kind: Kind
    issuer: str
    subject: str
    linked_at: str
    last_login_at: str


class ExternalSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was opened through a provider."""

    session_id: str
    provider_id: str
    issuer: str
    subject: str
    provider_session: str = ""
    sealed_id_token: str = ""


def auditable(provider: IdentityProvider) -> dict[str, Any]:
    """The secret as it is sealed: it differs when it was changed, and is masked by its name."""
    facts = msgspec.to_builtins(provider)
    sealed = facts.pop("sealed_client_secret")
    for gone in ("id", "created_at", "updated_at", "revision"):
        del facts[gone]
    return {**facts, "client_secret": sealed}
