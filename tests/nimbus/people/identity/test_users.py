"""Users through their door: who may see and change whom, and what must always hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from nimbus.composition.identity import IdentityHooks
from nimbus.db import Transaction
from nimbus.kernel.access import ALL_PERMISSIONS, Access, Actor, Permission
from nimbus.kernel.errors import (
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ValidationError,
)
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import PasswordRequest, User, UserPatch, UserQuery, UserRequest
from nimbus.people.identity.service import Identity
from nimbus.people.organizations.administration import OrganizationAdministration
from nimbus.people.organizations.records import OrganizationRequest
from tests.kit import records
from tests.nimbus.people.identity.world import ADMIN, PASSWORD, World, world

NEW = "quite another sentence"


async def other_organization(w: World) -> str:
    administration = OrganizationAdministration(w.database, w.clock, w.audit, w.organizations)
    return (await administration.create(ADMIN, OrganizationRequest(name="acme"))).id


async def names(w: World, actor: Actor, **query: Any) -> list[str]:
    found, total = await w.identity.users.list(actor, UserQuery(**query))
    assert total == len(found)
    return [one.username for one in found]


async def test_what_is_made_is_what_is_shown(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.add("Ada", display_name=" Ada L. ", email="Ada@Example.org", labels={"team": "core"})
        assert (made.username, made.display_name, made.email) == ("ada", "Ada L.", "ada@example.org")
        assert (made.organization, made.has_password, made.disabled, made.revision) == (
            "default",
            True,
            False,
            1,
        )
        users = w.identity.users
        assert await users.show(ADMIN, Target("ADA")) == made == await users.show(ADMIN, Target(made.id))
        assert await w.audited("user.create") == [("root", "ada", "ok")]
        assert PASSWORD not in str(await w.rows("SELECT diff FROM audit_log"))
        assert "hash" not in msgspec.json.encode(made).decode()
        assert w.bus.of(AccessChanged)


@pytest.mark.parametrize("fields", [{"username": "ada"}, {"username": "bob", "email": "ADA@example.org"}])
async def test_names_and_addresses_are_taken_once_also_by_two_at_once(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    async with world(tmp_path) as w:
        outcomes: list[str] = []

        async def make() -> None:
            try:
                await w.identity.users.create(ADMIN, UserRequest(**fields))
                outcomes.append("made")
            except Conflict as error:
                outcomes.append(error.details[0]["field"])

        if "email" in fields:
            await w.add("ada", email="ada@example.org")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(make)
            nursery.start_soon(make)
        expected = ["email", "email"] if "email" in fields else ["made", "username"]
        assert sorted(outcomes) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "../x"},
        {"email": "a@x.org\r\nBcc: b@x.org"},
        {"display_name": "x\u202egnp"},
        {"display_name": "x" * 101},
        {"labels": {"bad key": "x"}},
        {"password": "short"},
        {"must_change_password": True, "password": ""},
        {"organization": "nowhere"},
    ],
)
async def test_bad_fields_write_nothing(tmp_path: Path, fields: dict[str, Any]) -> None:
    async with world(tmp_path) as w:

        async def make() -> None:
            with pytest.raises((ValidationError, NotFound)):
                await w.identity.users.create(ADMIN, UserRequest(**{"username": "ada", **fields}))

        await w.unchanged(make)


async def test_users_are_seen_by_themselves_and_where_users_may_be_read(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        acme = await other_organization(w)
        await w.add("ada")
        await w.add("zoe", organization="acme")
        reader = w.holder(Permission.USER_READ)
        stranger = Actor(kind="user", id="x", name="x")
        ada = await w.actor(await w.login("ada"))
        assert await names(w, ADMIN) == ["ada", "zoe"]
        assert await names(w, reader) == ["ada"]
        assert await names(w, ADMIN, organization=acme) == ["zoe"]
        with pytest.raises(Forbidden, match="user:read"):
            await names(w, stranger)
        users = w.identity.users
        assert (await users.show(ada, Target("me"))).username == "ada"
        for actor, reference in (
            (reader, "zoe"),
            (ada, "zoe"),
            (stranger, "ada"),
            (stranger, "me"),
            (ADMIN, "nobody"),
        ):
            with pytest.raises(NotFound, match="no user"):
                await users.show(actor, Target(reference))
        narrowed = msgspec.structs.replace(reader, access=Access(everywhere=ALL_PERMISSIONS, tenant="t"))
        with pytest.raises(NotFound):
            await users.show(narrowed, Target("ada"))


async def test_lists_are_filtered_and_sorted(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add("ada", labels={"team": "a"})
        await w.add("bob", email="bob@x.org")
        await w.identity.users.change(ADMIN, Target("bob"), UserPatch(disabled=True))
        assert await names(w, ADMIN, disabled=True) == ["bob"]
        assert await names(w, ADMIN, disabled=False) == ["ada"]
        assert await names(w, ADMIN, label="team=a") == ["ada"]
        assert await names(w, ADMIN, email="BOB@x.org") == ["bob"]
        assert await names(w, ADMIN, is_admin=True) == []
        assert await names(w, ADMIN, sort="-username") == ["bob", "ada"]
        with pytest.raises(ValueError, match="sort"):
            UserQuery(sort="password_hash")


async def test_changes_count_revisions_and_want_the_one_that_was_seen(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add(labels={"a": "1", "b": "2"})
        users = w.identity.users
        patch = UserPatch(username="Ada2", display_name="A", labels={"a": None, "c": "3"})
        changed = await users.change(ADMIN, Target("ada", if_match=1), patch)
        assert (changed.username, changed.labels, changed.revision) == ("ada2", {"b": "2", "c": "3"}, 2)
        with pytest.raises(PreconditionFailed):
            await users.change(ADMIN, Target("ada2", if_match=1), patch)
        with pytest.raises(PreconditionFailed):
            await users.set_password(ADMIN, Target("ada2", if_match=1), PasswordRequest(NEW))
        with pytest.raises(PreconditionFailed):
            await users.delete(ADMIN, Target("ada2", if_match=1))


async def test_oneself_may_change_the_display_name_only(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        ada = await w.actor(await w.login())
        users = w.identity.users
        assert (await users.change(ada, Target("me"), UserPatch(display_name="A"))).display_name == "A"
        for patch in (
            UserPatch(is_admin=True),
            UserPatch(email="x@x.org"),
            UserPatch(username="root2"),
            UserPatch(disabled=False),
            UserPatch(must_change_password=False),
            UserPatch(display_name="B", is_admin=True),
        ):
            with pytest.raises(Forbidden, match="user:write"):
                await users.change(ada, Target("me"), patch)
        with pytest.raises(Forbidden, match="user:delete"):
            await users.delete(ada, Target("me"))


async def test_administrators_are_changed_by_administrators_only(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add("chief", is_admin=True)
        await w.add("chief2", is_admin=True)
        await w.add("ada")
        all_here = w.holder(*ALL_PERMISSIONS)
        users = w.identity.users
        with pytest.raises(Forbidden, match="make administrators"):
            await users.create(all_here, UserRequest(username="mine", is_admin=True))
        with pytest.raises(Forbidden, match="make administrators"):
            await users.change(all_here, Target("ada"), UserPatch(is_admin=True))
        # Nor with user:write everywhere: an administrator has everything.
        almost = msgspec.structs.replace(
            all_here, access=Access(everywhere=frozenset({Permission.USER_WRITE}))
        )
        with pytest.raises(Forbidden, match="make administrators"):
            await users.create(almost, UserRequest(username="mine", is_admin=True))
        for work in (
            lambda: users.change(all_here, Target("chief"), UserPatch(disabled=True)),
            lambda: users.set_password(all_here, Target("chief"), PasswordRequest(NEW)),
            lambda: users.delete(all_here, Target("chief")),
            lambda: w.identity.factors.reset(all_here, Target("chief")),
        ):
            with pytest.raises(Forbidden, match="whole control plane"):
                await work()
        await users.change(all_here, Target("ada"), UserPatch(disabled=True))


async def test_nobody_takes_over_an_account_that_may_more(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add("owner")
        w.access["owner"] = Access(organizations={w.home: ALL_PERMISSIONS})
        helpdesk = w.holder(Permission.USER_READ, Permission.USER_WRITE, Permission.USER_DELETE)
        users = w.identity.users
        for work in (
            lambda: users.set_password(helpdesk, Target("owner"), PasswordRequest(NEW)),
            lambda: users.change(helpdesk, Target("owner"), UserPatch(email="mine@x.org")),
            lambda: w.identity.factors.reset(helpdesk, Target("owner")),
            lambda: users.change(helpdesk, Target("owner"), UserPatch(disabled=True)),
            lambda: users.change(helpdesk, Target("owner"), UserPatch(display_name="Nobody")),
            lambda: users.delete(helpdesk, Target("owner")),
        ):
            with pytest.raises(Forbidden, match="things that you may not"):
                await work()
        await users.set_password(w.holder(*ALL_PERMISSIONS), Target("owner"), PasswordRequest(NEW))
        await users.change(w.holder(*ALL_PERMISSIONS), Target("owner"), UserPatch(disabled=True))


# The last administrator.


@pytest.mark.parametrize("how", ["disable", "demote", "delete"])
async def test_the_last_administrator_stays(tmp_path: Path, how: str) -> None:
    async with world(tmp_path) as w:
        await w.add("one", is_admin=True)
        await w.add("two", is_admin=True)
        outcomes: list[str] = []

        async def take_rights_from(name: str) -> None:
            users = w.identity.users
            try:
                if how == "delete":
                    await users.delete(ADMIN, Target(name))
                else:
                    patch = UserPatch(disabled=True) if how == "disable" else UserPatch(is_admin=False)
                    await users.change(ADMIN, Target(name), patch)
                outcomes.append("gone")
            except Conflict as error:
                outcomes.append(error.code)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take_rights_from, "one")
            nursery.start_soon(take_rights_from, "two")
        assert outcomes.count("gone") == 1
        assert outcomes.count("LAST_ADMINISTRATOR") == 1
        [left] = await w.rows("SELECT COUNT(*) FROM users WHERE is_admin = 1 AND disabled_at IS NULL")
        assert left == (1,)


async def test_guards_are_asked_and_what_is_the_users_goes_with_them(tmp_path: Path) -> None:
    gone: list[str] = []

    def guard(_tx: Transaction, user: User) -> None:
        if not gone:
            raise Conflict(f"{user.username} owns something")

    def take_away(_tx: Transaction, actor: Actor, user: User) -> None:
        gone.append(f"{actor.name}:{user.username}")

    async with world(tmp_path, hooks=IdentityHooks((guard,), (take_away,))) as w:
        await w.with_totp("ada")
        users = w.identity.users
        with pytest.raises(Conflict, match="owns something"):
            await users.delete(ADMIN, Target("ada"))
        with pytest.raises(Conflict, match="owns something"):
            await users.change(ADMIN, Target("ada"), UserPatch(disabled=True))
        gone.append("nothing")
        await users.delete(ADMIN, Target("ada"))
        assert gone[1:] == ["root:ada"]
        for table in ("users", "sessions", "refresh_tokens", "totp_factors", "recovery_codes", "passkeys"):
            assert await w.count(table) == 0


async def test_users_go_with_their_organization(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        acme = await other_organization(w)
        await w.add("zoe", organization="acme")
        users = w.identity.users
        assert await w.database.read(lambda tx: users.names_in_organization(tx, acme)) == ["zoe"]
        await w.database.write(lambda tx: users.remove_all_of_organization(tx, ADMIN, acme))
        assert await names(w, ADMIN) == []


# Passwords.


async def test_ones_own_password_wants_the_present_one_and_ends_other_sessions(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        here, there = await w.login(), await w.login()
        ada = await w.actor(here)
        users = w.identity.users
        for request, field in (
            (PasswordRequest(NEW), "current"),
            (PasswordRequest(NEW, current="wrong"), "current"),
            (PasswordRequest(PASSWORD, current=PASSWORD), "password"),
            (PasswordRequest("short", current=PASSWORD), "password"),
            (PasswordRequest(NEW, current=PASSWORD, must_change=True), "must_change"),
        ):
            with pytest.raises(ValidationError) as caught:
                await users.set_password(ada, Target("me"), request)
            assert caught.value.details[0]["field"] == field
        changed = await users.set_password(ada, Target("me"), PasswordRequest(NEW, current=PASSWORD))
        assert changed.password_changed_at is not None
        await w.actor(here)
        with pytest.raises(Exception, match="ended"):
            await w.actor(there)
        with pytest.raises(Exception, match="wrong"):
            await w.login(password=PASSWORD)
        await w.login(password=NEW)


async def test_a_stolen_session_does_not_serve_to_guess_the_password(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        ada = await w.actor(await w.login())
        users = w.identity.users
        for number in range(6):
            with pytest.raises(ValidationError):
                await users.set_password(ada, Target("me"), PasswordRequest(NEW, current=f"{number}"))
        with pytest.raises(RateLimited):
            await users.set_password(ada, Target("me"), PasswordRequest(NEW, current=PASSWORD))


async def test_two_changes_of_ones_own_at_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        ada = await w.actor(await w.login())
        outcomes: list[str] = []

        async def change(password: str) -> None:
            try:
                await w.identity.users.set_password(
                    ada, Target("me"), PasswordRequest(password, current=PASSWORD)
                )
                outcomes.append(password)
            except (Conflict, ValidationError):
                # The second: also when it begins only after the first has ended, and is of an old password then.
                outcomes.append("")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(change, NEW)
            nursery.start_soon(change, NEW + "!")
        assert outcomes.count("") == 1
        await w.login(password=next(one for one in outcomes if one))


async def test_the_first_administrator_gets_a_password_by_the_key(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        identity = Identity(w.clock, w.audit, records.SEALER)
        admin = await w.database.write(lambda tx: identity.bootstrap(tx, new_key=False))
        assert admin.organization_id == w.home
        with pytest.raises(Conflict, match="already"):
            await w.database.write(lambda tx: identity.bootstrap(tx, new_key=False))
        assert (await w.database.write(lambda tx: identity.bootstrap(tx, new_key=True))).id == admin.id
        by_key = Actor(
            kind="user", id=admin.id, name="admin", user_id=admin.id, key_id="k", access=ADMIN.access
        )
        with pytest.raises(Forbidden, match="in a session"):
            await w.identity.users.set_password(by_key, Target("me"), PasswordRequest(PASSWORD))
        of_the_host = msgspec.structs.replace(by_key, host_key_since=w.clock.now())
        w.clock.advance(7 * 86400)
        await w.identity.users.set_password(of_the_host, Target("me"), PasswordRequest(PASSWORD))
        narrowed = msgspec.structs.replace(of_the_host, narrowed=True)
        with pytest.raises(Forbidden, match="narrowed"):
            await w.identity.users.set_password(narrowed, Target("me"), PasswordRequest(NEW))
        await w.login("admin")
        # Forgotten: the key from back then does not set another, one that was made on the host just now does.
        with pytest.raises(Forbidden, match="in a session"):
            await w.identity.users.set_password(of_the_host, Target("me"), PasswordRequest(NEW))
        fresh = msgspec.structs.replace(by_key, host_key_since=w.clock.now())
        w.clock.advance(800)
        await w.identity.users.set_password(fresh, Target("me"), PasswordRequest(NEW))
        await w.login("admin", NEW)
        w.clock.advance(200)
        with pytest.raises(Forbidden, match="in a session"):
            await w.identity.users.set_password(fresh, Target("me"), PasswordRequest(PASSWORD))


async def test_a_first_password_wants_a_fresh_sign_in(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        ada = await w.actor(await w.login())
        await w.database.write(lambda tx: tx.execute("UPDATE users SET password_hash = ''"))
        w.clock.advance(1000)
        with pytest.raises(Forbidden, match="15 minutes"):
            await w.identity.users.set_password(ada, Target("me"), PasswordRequest(NEW))


async def test_who_am_i(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        w.access["ada"] = Access(
            organizations={w.home: frozenset({Permission.USER_READ})},
            workspaces={w.workspace.id: frozenset({Permission.AGENT_READ})},
        )
        me = await w.identity.users.who_am_i(await w.actor(await w.login()))
        assert (me.name, me.via, me.user and me.user.username) == ("ada", "session", "ada")
        assert me.access.organizations == {"default": ("user:read",)}
        assert me.access.workspaces == {"default/default": ("agent:read",)}
        service = Actor(kind="key", id="k", name="ci", key_id="k")
        assert (await w.identity.users.who_am_i(service)).user is None
