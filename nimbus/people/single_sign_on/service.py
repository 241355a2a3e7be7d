"""The door to identity providers: list, make, change, delete, test."""

from __future__ import annotations

import builtins
import ssl
from collections.abc import Callable

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM, Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import NotFound, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import changed_labels, check_label_filter, check_labels, check_name
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target
from nimbus.kernel.sealing import Sealer
from nimbus.kernel.shapes import is_line
from nimbus.people.identity.records import ControlPlaneMark
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.groups import Groups
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.accounts import Accounts
from nimbus.people.single_sign_on.addresses import check_issuer, check_redirect_uri
from nimbus.people.single_sign_on.connections import Connections, find, secret_context
from nimbus.people.single_sign_on.fetching import trusting
from nimbus.people.single_sign_on.flow import redirect_uri
from nimbus.people.single_sign_on.records import (
    DEFAULT_SCOPES,
    DOMAIN,
    GITHUB,
    GITHUB_SCOPES,
    MAX_CA,
    MAX_LIST,
    MAX_SECRET,
    MAX_TEXT,
    SCOPE,
    GroupMapping,
    GroupMappingView,
    IdentityProvider,
    IdentityProviderPatch,
    IdentityProviderQuery,
    IdentityProviderRequest,
    IdentityProviderView,
    MappedGroup,
    ProviderCheck,
    SignInMethod,
    SignInMethods,
    auditable,
)
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

# A path segment of ours beside the names of providers.
RESERVED = frozenset({"exchange"})
# Whoever does that could let anybody in as anybody.
_SETS_UP = "say by which providers people sign in"
# RFC 6749 section 3.3.


class IdentityProviders:
    """Providers are the appliance's: reading and writing them is held everywhere, or not at all."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        organizations: Organizations,
        groups: Groups,
        accounts: Accounts,
        connections: Connections,
        *,
        base_url: str,
        has_passkeys: bool,
        setup_required: Callable[[Transaction], bool],
        mark: Callable[[], ControlPlaneMark],
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._organizations = organizations
        self._groups = groups
        self._accounts = accounts
        self._connections = connections
        self._base_url = base_url
        self._has_passkeys = has_passkeys
        self._setup_required = setup_required
        self._mark = mark

    async def methods(self) -> SignInMethods:
        """For strangers: which ways to sign in there are."""
        enabled, setup_required = await self._database.read(
            lambda tx: (store.enabled_providers(tx), self._setup_required(tx))
        )
        providers = [
            SignInMethod(
                provider.name,
                provider.display_name or provider.name,
                provider.kind,
                f"/api/v1/auth/oidc/{provider.name}/start",
            )
            for provider in enabled
        ]
        return SignInMethods(
            password=True,
            passkey=self._has_passkeys,
            providers=providers,
            setup_required=setup_required,
            control_plane=self._mark(),
        )

    async def list(
        self, actor: Actor, query: IdentityProviderQuery
    ) -> tuple[builtins.list[IdentityProviderView], int]:
        actor.require_everywhere(Permission.SETTINGS_READ)
        check_label_filter(query.label)

        def read_page(tx: Transaction) -> tuple[builtins.list[IdentityProviderView], int]:
            providers, total = store.select_providers(tx, query)
            return [self._view(tx, provider) for provider in providers], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> IdentityProviderView:
        actor.require_everywhere(Permission.SETTINGS_READ)
        return await self._database.read(lambda tx: self._view(tx, self._known(tx, target.reference)))

    async def check(self, actor: Actor, target: Target) -> ProviderCheck:
        """Fetch what the provider says of itself, anew."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)
        provider = await self._database.read(lambda tx: self._known(tx, target.reference))
        return await self._connections.fresh(provider).check(redirect_uri(provider, self._base_url))

    async def create(self, actor: Actor, request: IdentityProviderRequest) -> IdentityProviderView:
        actor.require_all(_SETS_UP)
        github = request.kind == "github"
        now = self._clock.now()
        provider = IdentityProvider(
            id=new_id(),
            name=request.name,
            kind=request.kind,
            display_name=request.display_name,
            issuer=request.issuer or (GITHUB if github else ""),
            client_id=request.client_id,
            scopes=request.scopes or (GITHUB_SCOPES if github else DEFAULT_SCOPES),
            groups_claim=request.groups_claim,
            username_claim=request.username_claim or "preferred_username",
            sign_up=request.sign_up,
            link_by_email=request.link_by_email,
            require_verified_email=request.require_verified_email,
            email_domains=request.email_domains,
            ca_pem=request.ca_pem,
            redirect_uri=request.redirect_uri,
            enabled=request.enabled,
            labels=check_labels(request.labels),
            created_at=now,
            updated_at=now,
        )
        provider = checked(self._with_secret(provider, request.client_secret))
        await _check_authorities(provider.ca_pem)

        def create(tx: Transaction) -> IdentityProviderView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.USER_WRITE, request.organization
            )
            created = msgspec.structs.replace(provider, organization_id=home.id)
            mapping = self._mapping(tx, actor, created, request.group_mapping)
            created = msgspec.structs.replace(created, group_mapping=mapping)
            self._check_free(tx, created)
            store.insert_provider(tx, created)
            self._audit.record(
                tx, actor, "identity_provider.create", resource(created), after=auditable(created)
            )
            return self._view(tx, created)

        return await self._database.write(create)

    async def change(
        self, actor: Actor, target: Target, patch: IdentityProviderPatch
    ) -> IdentityProviderView:
        actor.require_all(_SETS_UP)
        await _check_authorities(patch.ca_pem or "")

        def change(tx: Transaction) -> IdentityProviderView:
            before = self._known(tx, target.reference)
            target.check_revision(before.revision)
            after = self._changed(tx, actor, before, patch)
            self._check_free(tx, after)
            store.update_provider(tx, after)
            self._audit.record(
                tx,
                actor,
                "identity_provider.update",
                resource(after),
                before=auditable(before),
                after=auditable(after),
            )
            return self._view(tx, after)

        return await self._database.write(change)

    def _changed(
        self, tx: Transaction, actor: Actor, before: IdentityProvider, patch: IdentityProviderPatch
    ) -> IdentityProvider:
        special = {"client_secret", "group_mapping", "organization", "labels"}
        given = {
            name: getattr(patch, name)
            for name in IdentityProviderPatch.__struct_fields__
            if name not in special and getattr(patch, name) is not None
        }
        labels = changed_labels(before.labels, patch.labels)
        after = revised(before, self._clock.now(), **given, labels=labels)
        if patch.client_secret is not None:
            after = self._with_secret(after, patch.client_secret)
        if patch.organization is not None:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.USER_WRITE, patch.organization
            )
            after = msgspec.structs.replace(after, organization_id=home.id)
        if patch.group_mapping is not None:
            mapping = self._mapping(tx, actor, after, patch.group_mapping)
            after = msgspec.structs.replace(after, group_mapping=mapping)
        return checked(after)

    async def delete(self, actor: Actor, target: Target) -> IdentityProviderView:
        """Its sessions end, and the groups that it gave are taken away; its users stay."""
        actor.require_all(_SETS_UP)

        def delete(tx: Transaction) -> IdentityProviderView:
            provider = self._known(tx, target.reference)
            target.check_revision(provider.revision)
            view = self._view(tx, provider)
            self._accounts.leave(tx, actor, provider)
            store.delete_provider(tx, provider.id)
            self._audit.record(
                tx, actor, "identity_provider.delete", resource(provider), before=auditable(provider)
            )
            return view

        return await self._database.write(delete)

    def _known(self, tx: Transaction, reference: str) -> IdentityProvider:
        provider = find(tx, reference)
        if provider is None:
            raise NotFound(
                f"there is no identity provider {reference!r}",
                next_step="See them with: nimbus identity-provider list",
            )
        return provider

    def _with_secret(self, provider: IdentityProvider, secret: str) -> IdentityProvider:
        if not is_line(secret, MAX_SECRET):
            raise invalid("client_secret", f"must be one line of at most {MAX_SECRET} characters")
        sealed = self._sealer.seal(secret, secret_context(provider.id)) if secret else ""
        return msgspec.structs.replace(provider, sealed_client_secret=sealed)

    def _mapping(
        self, tx: Transaction, actor: Actor, provider: IdentityProvider, wanted: tuple[GroupMapping, ...]
    ) -> tuple[MappedGroup, ...]:
        if len(wanted) > MAX_LIST:
            raise invalid("group_mapping", f"at most {MAX_LIST}")
        mapped = []
        for mapping in wanted:
            if not mapping.value or not is_line(mapping.value, MAX_TEXT):
                raise invalid("group_mapping", f"a value must be 1 to {MAX_TEXT} printable characters")
            home = mapping.organization or provider.organization_id or ""
            organization = self._organizations.known_organization(tx, actor, home)
            group = next(
                (
                    group
                    for group in self._groups.of_organization(tx, organization.id)
                    if mapping.group.lower() in (group.id, group.name)
                ),
                None,
            )
            if group is None:
                raise invalid(
                    "group_mapping",
                    f"there is no group {mapping.group!r} in the organization {organization.name}",
                    next_step="See them with: nimbus iam list-groups",
                )
            mapped.append(MappedGroup(mapping.value, group.id))
        return tuple(dict.fromkeys(mapped))

    def _check_free(self, tx: Transaction, provider: IdentityProvider) -> None:
        other = store.find_provider(tx, provider.name)
        check_name_free("identity provider", provider.name, provider, other)

    def _view(self, tx: Transaction, provider: IdentityProvider) -> IdentityProviderView:
        home = provider.organization_id
        back = redirect_uri(provider, self._base_url)
        return IdentityProviderView(
            id=provider.id,
            name=provider.name,
            kind=provider.kind,
            display_name=provider.display_name,
            issuer=provider.issuer,
            client_id=provider.client_id,
            has_client_secret=bool(provider.sealed_client_secret),
            scopes=provider.scopes,
            groups_claim=provider.groups_claim,
            username_claim=provider.username_claim,
            group_mapping=self._mapping_view(tx, provider),
            organization_id=home,
            organization=self._organizations.get_organization(tx, home).name if home else None,
            sign_up=provider.sign_up,
            link_by_email=provider.link_by_email,
            require_verified_email=provider.require_verified_email,
            email_domains=provider.email_domains,
            ca_pem=provider.ca_pem,
            redirect_uri=back,
            backchannel_logout_uri=back.removesuffix("/callback") + "/backchannel-logout",
            enabled=provider.enabled,
            users=store.count_linked(tx, provider.id),
            labels=provider.labels,
            created_at=to_rfc3339(provider.created_at),
            updated_at=to_rfc3339(provider.updated_at),
            revision=provider.revision,
        )

    def _mapping_view(self, tx: Transaction, provider: IdentityProvider) -> tuple[GroupMappingView, ...]:
        views = []
        for mapped in provider.group_mapping:
            try:
                group = self._groups.resolve(tx, SYSTEM, Permission.GROUP_READ, mapped.group_id)
            except NotFound:
                views.append(GroupMappingView(mapped.value, mapped.group_id, None, None))
                continue
            home = self._organizations.get_organization(tx, group.organization_id).name
            views.append(GroupMappingView(mapped.value, mapped.group_id, group.name, home))
        return tuple(views)


def checked(provider: IdentityProvider) -> IdentityProvider:
    """With its values in their stored form. Raises ValidationError."""
    for field in ("client_id", "groups_claim", "username_claim", "display_name"):
        value = getattr(provider, field)
        if not is_line(value, MAX_TEXT):
            raise invalid(field, f"must be one line of at most {MAX_TEXT} characters")
    if not provider.client_id:
        raise invalid("client_id", "is missing")
    if not 0 < len(provider.scopes) <= MAX_LIST or not all(map(SCOPE.fullmatch, provider.scopes)):
        raise invalid("scopes", "must be words without spaces and quotes")
    if provider.kind == "oidc" and "openid" not in provider.scopes:
        raise invalid("scopes", "openid must be among them")
    if provider.kind == "github" and not provider.sealed_client_secret:
        raise invalid("client_secret", "is missing: GitHub wants one")
    domains = tuple(domain.lower().removeprefix("@") for domain in provider.email_domains)
    if len(domains) > MAX_LIST or not all(map(DOMAIN.fullmatch, domains)):
        raise invalid("email_domains", "must be domain names such as example.org")
    return msgspec.structs.replace(
        provider,
        name=check_name(provider.name, reserved=RESERVED),
        issuer=check_issuer(provider.issuer),
        redirect_uri=check_redirect_uri(provider.redirect_uri),
        email_domains=domains,
    )


async def _check_authorities(ca_pem: str) -> None:
    if not ca_pem:
        return
    if len(ca_pem) > MAX_CA or not ca_pem.isascii():
        raise invalid("ca_pem", "must be certificates in PEM")
    try:
        await trio.to_thread.run_sync(trusting, ca_pem)
    except (ssl.SSLError, ValueError):
        raise invalid("ca_pem", "must be certificates in PEM") from None


def resource(provider: IdentityProvider) -> Resource:
    return Resource("identity_provider", provider.id, provider.name)
