"""Identity providers as a resource."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from nimbus.kernel.access import EVERYWHERE, Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, PreconditionFailed, ValidationError
from nimbus.kernel.routing import Target
from nimbus.people.single_sign_on.records import (
    IdentityProviderPatch,
    IdentityProviderQuery,
    IdentityProviderRequest,
    IdentityProviderView,
)
from tests.nimbus.people.single_sign_on.world import ADMIN, World

SECRET = "the secret of this client"


async def create(w: World, actor: Actor = ADMIN, **fields: Any) -> IdentityProviderView:
    given = {
        "name": "corp",
        "issuer": "https://id.example.org",
        "client_id": "nimbus",
        "client_secret": SECRET,
        **fields,
    }
    return await w.sso.providers.create(actor, msgspec.convert(given, IdentityProviderRequest))


async def change(w: World, actor: Actor = ADMIN, *, revision: int | None = None, **fields: Any) -> Any:
    patch = msgspec.convert(fields, IdentityProviderPatch)
    return await w.sso.providers.change(actor, Target("corp", if_match=revision), patch)


def holder(*permissions: Permission, everywhere: bool = True) -> Actor:
    held = frozenset(permissions)
    access = Access(everywhere=held) if everywhere else Access(organizations={"o": held})
    return Actor(kind="user", id="u", name="somebody", access=access)


async def test_from_making_to_deleting(w: World) -> None:
    made = await create(w, display_name="Corp", labels={"team": "a"})
    told = (made.revision, made.organization, made.sign_up, made.has_client_secret)
    assert told == (1, "default", "off", True)
    assert made.redirect_uri == w.redirect_uri
    assert made.backchannel_logout_uri == w.redirect_uri.replace("/callback", "/backchannel-logout")
    assert SECRET not in repr(made)
    changed = await change(w, revision=1, sign_up="on", labels={"team": None, "tier": "b"}, client_secret="")
    assert (changed.revision, changed.labels, changed.has_client_secret) == (2, {"tier": "b"}, False)
    with pytest.raises(PreconditionFailed):
        await change(w, revision=1, sign_up="off")
    found, total = await w.sso.providers.list(ADMIN, IdentityProviderQuery(label="tier=b"))
    assert ([one.name for one in found], total) == (["corp"], 1)
    assert (await w.sso.providers.show(ADMIN, Target(made.id))).name == "corp"
    renamed = await change(w, name="Staff")
    assert renamed.redirect_uri.endswith("/oidc/staff/callback")
    await w.sso.providers.delete(ADMIN, Target("staff"))
    with pytest.raises(NotFound):
        await w.sso.providers.show(ADMIN, Target("staff"))
    assert [one for one in await w.actions() if one.startswith("identity_provider")] == [
        "identity_provider.create",
        "identity_provider.update",
        "identity_provider.update",
        "identity_provider.delete",
    ]


async def test_the_secret_is_sealed_and_masked(w: World) -> None:
    await create(w)
    await change(w, client_secret="another secret")
    await change(w, display_name="Corp")
    stored = await w.rows("SELECT * FROM identity_providers") + await w.rows("SELECT diff FROM audit_log")
    assert SECRET not in str(stored)
    assert "another secret" not in str(stored)
    diffs = await w.rows(
        "SELECT diff FROM audit_log WHERE action LIKE 'identity_provider.%' ORDER BY sequence"
    )
    told = [msgspec.json.decode(diff)["after"].get("client_secret") for (diff,) in diffs]
    assert told == ["***", "***", None]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "exchange"),
        ("name", "a b"),
        ("name", "corp/../x"),
        ("name", "cоrp"),
        ("issuer", "http://id.example.org"),
        ("issuer", ""),
        ("client_id", ""),
        ("client_id", "a\nb"),
        ("client_secret", "a\r\nb"),
        ("scopes", ["email"]),
        ("scopes", ["openid", "a b"]),
        ("scopes", ["openid", '"']),
        ("email_domains", ["not a domain"]),
        ("email_domains", ["example.org", ""]),
        ("ca_pem", "x"),
        ("ca_pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("redirect_uri", "http://a/b"),
        ("redirect_uri", "https://a/b#c"),
        ("display_name", "a" * 256),
        ("groups_claim", "\x00"),
        ("labels", {"ä": "b"}),
        ("group_mapping", [{"value": "", "group": "operators"}]),
        ("group_mapping", [{"value": "x", "group": "nobody"}]),
    ],
    ids=str,
)
async def test_values_that_are_wrong(w: World, field: str, value: Any) -> None:
    await w.add_group("operators")
    with pytest.raises(ValidationError) as caught:
        await create(w, **{field: value})
    assert caught.value.details[0]["field"] == field
    assert await w.rows("SELECT COUNT(*) FROM identity_providers") == [(0,)]
    await create(w)
    if field != "labels":
        with pytest.raises(ValidationError):
            await change(w, **{field: value})
        assert (await w.sso.providers.show(ADMIN, Target("corp"))).revision == 1


async def test_a_name_is_given_once(w: World) -> None:
    await create(w)
    with pytest.raises(Conflict):
        await create(w, name="CORP")


async def test_an_organization_or_group_that_goes(w: World) -> None:
    from nimbus.people.organizations.records import OrganizationRequest

    await w.administration.create(ADMIN, OrganizationRequest(name="other"))
    await w.add_group("operators")
    mapping = [{"value": "x", "group": "operators", "organization": "default"}]
    made = await create(w, organization="other", group_mapping=mapping)
    assert made.group_mapping[0].organization == "default"
    await w.people.groups.delete(ADMIN, Target("operators"))
    await w.database.write(
        lambda tx: tx.execute("DELETE FROM workspaces WHERE organization_id = ?", (made.organization_id,))
    )
    await w.database.write(lambda tx: tx.execute("DELETE FROM organizations WHERE name = 'other'"))
    found = await w.sso.providers.show(ADMIN, Target("corp"))
    assert (found.organization, found.group_mapping[0].group) == (None, None)


async def test_permissions_are_held_everywhere_or_not_at_all(w: World) -> None:
    await create(w)
    providers = w.sso.providers
    reader = holder(Permission.SETTINGS_READ)
    await providers.show(reader, Target("corp"))
    await providers.list(reader, IdentityProviderQuery())
    for actor in (reader, holder(Permission.SETTINGS_WRITE, everywhere=False)):
        for attempt in (
            lambda a: create(w, a, name="other"),
            lambda a: change(w, a, enabled=False),
            lambda a: providers.delete(a, Target("corp")),
        ):
            with pytest.raises(Forbidden, match="only an administrator"):
                await attempt(actor)
        with pytest.raises(Forbidden, match="settings:write"):
            await providers.check(actor, Target("corp"))
    with pytest.raises(Forbidden, match="settings:read"):
        await providers.show(holder(Permission.SETTINGS_READ, everywhere=False), Target("corp"))


async def test_nobody_gives_by_a_provider_what_they_could_not_give(w: World) -> None:
    """A key that is narrowed to the settings, say."""
    await w.add_group("operators")
    await create(w)
    narrow = holder(Permission.SETTINGS_WRITE, Permission.SETTINGS_READ)
    for fields in (
        {"display_name": "Corp"},
        {"issuer": "https://elsewhere.example.org"},
        {"sign_up": "on"},
        {"link_by_email": True},
        {"group_mapping": [{"value": "x", "group": "operators"}]},
    ):
        with pytest.raises(Forbidden, match="only an administrator"):
            await change(w, narrow, **fields)
    assert EVERYWHERE.everywhere >= narrow.access.everywhere


async def test_authorities_in_pem(w: World) -> None:
    made = await create(w, ca_pem=Path(w.ca_file).read_text())
    assert "BEGIN CERTIFICATE" in made.ca_pem
