"""Invites through their doors: who may, what goes out, what a token is good for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.correspondence.invites import service
from nimbus.correspondence.invites.records import InviteQuery, ResendRequest
from nimbus.correspondence.invites.rules import hash_of, is_token, lifetime, new_token
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import (
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ValidationError,
)
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import UserPatch, UserRequest
from nimbus.people.keys.records import ServiceKeyRequest
from nimbus.people.organizations.records import DeleteQuery
from nimbus.people.roles.records import BindingRequest, GroupRequest, MemberRequest, RolePatch, RoleRequest
from nimbus.protocol.errors import NimbusError
from tests.kit.smtp_server import text_of
from tests.nimbus.correspondence.invites.world import ADMIN, World, stranger, token_in, world


@pytest.fixture
async def made(tmp_path: Path) -> Any:
    async with world(tmp_path) as one:
        yield one


async def refused(made: World, token: str, kind: type[NimbusError], words: str, **fields: Any) -> None:
    users = await made.rows("SELECT COUNT(*) FROM users")
    with pytest.raises(kind, match=words):
        await made.accept(token, **fields)
    assert await made.rows("SELECT COUNT(*) FROM users") == users


async def test_from_invite_to_session(made: World) -> None:
    boss = await made.user("boss", "admin", display_name="The <b>Boss</b>")
    new = await made.invite(boss, email="Ada@Example.org", message="see you & me")
    assert (new.link, new.state, new.email, new.organization) == (None, "pending", "ada@example.org", "acme")
    token = await made.mailed_token()
    [mail] = made.mailbox.messages
    assert mail["To"] == "ada@example.org"
    assert "The <b>Boss</b> (boss) writes: see you & me" in text_of(mail)
    html: Any = mail.get_body(("html",))
    assert "The &lt;b&gt;Boss&lt;/b&gt; (boss)" in html.get_content()
    # The token itself is nowhere: not in the database, not in a view.
    assert token not in str(await made.rows("SELECT * FROM invites"))
    assert token not in str(await made.rows("SELECT * FROM outbox"))
    assert token not in str(await made.rows("SELECT * FROM audit_log"))

    seen = await made.mail.acceptance.preview(stranger(), token)
    assert (seen.organization, seen.email, seen.role) == ("acme", "ada@example.org", "viewer")
    assert seen.invited_by == "The <b>Boss</b> (boss)"

    done = await made.accept(token, "Ada", display_name="Ada L.")
    assert (done.session.user.username, done.session.user.email) == ("ada", "ada@example.org")
    assert done.session.user.organization == "acme"
    ada = await made.again(done.session.user.id)
    assert Permission.AGENT_READ in ada.access.organizations[new.organization_id]
    assert Permission.AGENT_WRITE not in ada.access.organizations[new.organization_id]
    shown = await made.mail.invites.show(boss, Target(new.id))
    assert (shown.state, shown.accepted_by) == ("accepted", "ada")
    assert await made.audited("invite.create") == [("boss", "ada@example.org")]
    assert await made.audited("invite.accept") == [("ada", "ada@example.org")]
    assert ("boss", "ada") in await made.audited("role.grant")
    assert await made.audited("user.create") == [("admin", "root"), ("admin", "boss"), ("ada", "ada")]
    await refused(made, token, Conflict, "accepted already", username="eve")


async def test_without_mail_the_link_is_in_the_answer_once(tmp_path: Path) -> None:
    async with world(tmp_path, mail=False) as made:
        new = await made.invite()
        token = token_in(new.link)
        assert "ninv_" not in repr(new)
        assert not hasattr(await made.mail.invites.show(ADMIN, Target(new.id)), "link")
        assert await made.rows("SELECT * FROM outbox") == []
        assert (await made.accept(token)).organization == "acme"


async def test_two_at_once_one_wins(made: World) -> None:
    await made.invite()
    token = await made.mailed_token()
    outcomes: list[str] = []

    async def accept(name: str) -> None:
        try:
            await made.accept(token, name)
            outcomes.append("in")
        except Conflict:
            outcomes.append("refused")

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(accept, f"ada{number}")
    assert sorted(outcomes) == ["in"] + ["refused"] * 5
    assert await made.rows("SELECT COUNT(*) FROM users WHERE email = 'ada@example.org'") == [(1,)]


async def test_expired_revoked_resent_and_forged(made: World) -> None:
    new = await made.invite(ttl="1h")
    first = await made.mailed_token()
    again = await made.mail.invites.resend(made.root, Target(new.id, if_match=1), ResendRequest(ttl="2h"))
    assert (again.sent, again.link) == (2, None)
    second = await made.mailed_token()
    assert second != first
    await refused(made, first, NotFound, "no such invitation")
    with pytest.raises(PreconditionFailed):
        await made.mail.invites.revoke(ADMIN, Target(new.id, if_match=1))
    made.clock.advance(7200)
    await refused(made, second, Conflict, "expired")
    with pytest.raises(Conflict, match="expired"):
        await made.mail.acceptance.preview(stranger(), second)
    await made.mail.invites.resend(made.root, Target(new.id), ResendRequest())
    third = await made.mailed_token()
    assert (await made.mail.invites.revoke(ADMIN, Target(new.id))).state == "revoked"
    await refused(made, third, Conflict, "revoked")
    for forged in (
        "",
        "x",
        new_token(),
        third[:-1],
        third + "A",
        third.upper(),
        "ninv_" + "é" * 43,
        third + "\n",
    ):
        await refused(made, forged, NotFound, "no such invitation")
    for act in (
        made.mail.invites.revoke(ADMIN, Target(new.id)),
        made.mail.invites.resend(made.root, Target(new.id), ResendRequest()),
    ):
        with pytest.raises(Conflict, match="revoked already"):
            await act


async def test_what_is_queued_for_a_void_token_is_not_sent(made: World) -> None:
    new = await made.invite()
    await made.mail.invites.resend(made.root, Target(new.id), ResendRequest())
    await made.mail.postman.send_due()
    assert len(made.mailbox.taken) == 1
    await made.mail.invites.resend(made.root, Target(new.id), ResendRequest())
    await made.mail.invites.revoke(ADMIN, Target(new.id))
    await made.mail.postman.send_due()
    assert len(made.mailbox.taken) == 1


async def test_guessing_is_slowed_down_by_address(made: World) -> None:
    await made.invite()
    token = await made.mailed_token()
    for _ in range(21):
        with pytest.raises(NotFound):
            await made.mail.acceptance.preview(stranger(), new_token())
    with pytest.raises(RateLimited):
        await made.mail.acceptance.preview(stranger(), token)
    assert (await made.mail.acceptance.preview(stranger("192.0.2.77"), token)).organization == "acme"


async def test_a_wrong_form_does_not_spend_the_token(made: World) -> None:
    await made.user("taken", "viewer")
    await made.invite()
    token = await made.mailed_token()
    await refused(made, token, ValidationError, "password", password="short")
    await refused(made, token, ValidationError, "username", username="\u0430da")
    await refused(made, token, ValidationError, "display_name", display_name="a\u202eb")
    await refused(made, token, Conflict, "username", username="taken")
    await made.accept(token)


async def test_nobody_invites_to_more_than_they_have(made: World) -> None:
    boss = await made.user("boss", "admin")
    with pytest.raises(Forbidden, match="organization:delete"):
        await made.invite(boss, role="owner")
    operator = await made.user("op", "operator")
    with pytest.raises(Forbidden, match="invite:write"):
        await made.invite(operator)
    other = await made.user("other", "owner", "globex")
    with pytest.raises(NotFound):
        await made.invite(other)
    await made.people.groups.create(ADMIN, GroupRequest(name="owners", organization="acme"))
    await made.people.bindings.create(
        ADMIN, BindingRequest(role="owner", group="owners", organization="acme")
    )
    with pytest.raises(Forbidden, match="organization:delete"):
        await made.invite(boss, groups=["owners"])
    await made.people.groups.create(ADMIN, GroupRequest(name="strangers", organization="globex"))
    with pytest.raises(NotFound):
        await made.invite(groups=["strangers"])
    web = Access(
        workspaces={
            (await made.rows("SELECT id FROM workspaces WHERE name = 'web'"))[0][0]: frozenset(Permission)
        }
    )
    only_web = Actor(kind="user", id="w", name="web-boss", access=web)
    with pytest.raises(NimbusError):
        await made.invite(only_web, organization="", workspace="acme/web")
    assert await made.rows("SELECT * FROM invites") == []


async def test_groups_and_workspaces(made: World) -> None:
    await made.people.groups.create(ADMIN, GroupRequest(name="ops", organization="acme"))
    await made.people.bindings.create(
        ADMIN, BindingRequest(role="operator", group="ops", workspace="acme/web")
    )
    boss = await made.user("boss", "owner")
    new = await made.invite(boss, organization="", workspace="acme/web", groups=["ops"])
    assert (new.workspace, new.groups) == ("acme/web", ("ops",))
    done = await made.accept(await made.mailed_token())
    ada = await made.again(done.session.user.id)
    assert new.workspace_id is not None
    assert ada.holds(Permission.AGENT_WRITE, new.workspace_id)
    assert not ada.holds_in_organization(Permission.AGENT_READ, new.organization_id)
    assert await made.audited("group.add_member") == [("boss", "ops")]


async def test_what_the_inviter_has_lost_is_not_given(made: World) -> None:
    boss = await made.user("boss", "owner")
    await made.user("second", "owner")
    users, bindings = made.people.sign_in.users, made.people.bindings
    await made.invite(boss, role="admin")
    token = await made.mailed_token()
    [(grant,)] = await made.rows("SELECT id FROM role_bindings WHERE principal_id = ?", boss.id)
    await bindings.delete(ADMIN, Target(str(grant)))
    await refused(made, token, Conflict, "can no longer grant this role")
    await bindings.create(ADMIN, BindingRequest(role="owner", user="boss", organization="acme"))
    await users.change(ADMIN, Target("boss"), UserPatch(disabled=True))
    await refused(made, token, Conflict, "no longer has an account")
    await users.change(ADMIN, Target("boss"), UserPatch(disabled=False))
    await made.accept(token)


async def test_a_role_that_has_grown_or_gone_is_not_given(made: World) -> None:
    boss = await made.user("boss", "admin")
    request = RoleRequest(name="reader", organization="acme", permissions=[Permission.AGENT_READ])
    await made.people.roles.create(ADMIN, request)
    await made.invite(boss, role="reader")
    token = await made.mailed_token()
    more = RolePatch(permissions=[Permission.AGENT_READ, Permission.ORGANIZATION_DELETE])
    await made.people.roles.change(ADMIN, Target("reader"), more)
    await refused(made, token, Conflict, "can no longer grant this role")
    await made.people.roles.delete(ADMIN, Target("reader"))
    await refused(made, token, Conflict, "role of this invitation is not there")


async def test_invites_of_a_service_key(made: World) -> None:
    new = await made.people.keys.create_service(
        ADMIN, ServiceKeyRequest(name="robot", role="admin", organization="acme", ttl="1h")
    )
    key = await made.database.read(lambda tx: made.mail._inviter(tx, "key", new.id))
    assert key is not None
    await made.invite(key)
    token = await made.mailed_token()
    made.clock.advance(3601)
    await refused(made, token, Conflict, "no longer has an account")


async def test_a_known_address(made: World) -> None:
    """In one's own organization it is told; of another's nobody learns, but whose address it is."""
    boss = await made.user("boss", "admin")
    await made.user("near", email="near@example.org")
    await made.user("far", email="far@example.org", organization="globex")
    await made.verify_address("far")
    with pytest.raises(Conflict, match="already: near"):
        await made.invite(boss, email="near@example.org")
    known, unknown = await made.invite(boss, email="FAR@example.org"), await made.invite(boss)
    await made.mail.postman.send_due()
    differing = {name for name in known.__struct_fields__ if getattr(known, name) != getattr(unknown, name)}
    assert differing <= {"id", "email", "mail"}
    shown = [await made.mail.invites.show(boss, Target(one.id)) for one in (known, unknown)]
    assert [one.mail.subject for one in shown if one.mail] == ["You are invited to acme on Nimbus"] * 2
    texts = {mail["To"]: text_of(mail) for mail in made.mailbox.messages}
    assert "You have an account here already: far" in texts["far@example.org"]
    assert "invite accept --signed-in" in texts["far@example.org"]
    with pytest.raises(Conflict, match="invited to acme already"):
        await made.invite(boss, email="far@example.org")


async def test_an_account_that_came_meanwhile(made: World) -> None:
    await made.invite()
    token = await made.mailed_token()
    await made.people.sign_in.users.create(ADMIN, UserRequest(username="x", email="ada@example.org"))
    await made.verify_address("x")
    await refused(made, token, Conflict, "account with the address")


async def test_who_has_an_account_accepts_with_it(made: World) -> None:
    """Of another organization: it stays theirs, and what they had stays too."""
    boss = await made.user("boss", "admin")
    far = await made.user("far", "viewer", "globex", email="far@example.org")
    for name in ("ops", "old"):
        await made.people.groups.create(ADMIN, GroupRequest(name=name, organization="acme"))
    await made.people.memberships.add_member(ADMIN, Target("old"), MemberRequest(user="far"))
    new = await made.invite(
        boss, email="Far@Example.org", workspace="acme/web", organization="", groups=["ops"]
    )
    token = await made.mailed_token()
    got = await made.mail.acceptance.claim(made.signed_in(far), token)
    assert (got.invite_id, got.organization, got.workspace, got.role) == (
        new.id,
        "acme",
        "acme/web",
        "viewer",
    )
    far = await made.again(far.id)
    assert Permission.AGENT_READ in far.access.workspaces[new.workspace_id or ""]
    for group in ("ops", "old"):
        assert [one.username for one in await made.people.memberships.members(ADMIN, Target(group))] == [
            "far"
        ]
    user = await made.people.sign_in.users.show(ADMIN, Target("far"))
    assert (user.organization, user.email) == ("globex", "far@example.org")
    shown = await made.mail.invites.show(boss, Target(new.id))
    assert (shown.state, shown.accepted_by) == ("accepted", "far")
    assert await made.audited("invite.accept") == [("far", "far@example.org")]
    with pytest.raises(Conflict, match="accepted already"):
        await made.mail.acceptance.claim(made.signed_in(far), token)


async def test_what_is_not_for_whoever_is_signed_in_is_not_spent(made: World) -> None:
    boss, other = await made.user("boss", "admin"), await made.user("other", email="other@example.org")
    nameless = await made.user("nameless")
    await made.invite(boss)
    token = await made.mailed_token()
    for actor in (other, nameless):
        with pytest.raises(Forbidden, match=r"for ada@example\.org") as refusal:
            await made.mail.acceptance.claim(made.signed_in(actor), token)
        assert refusal.value.code == "INVITE_FOR_ANOTHER"
    ada = await made.user("ada", organization="globex", email="ada@example.org")
    with pytest.raises(Forbidden, match="not with a key"):
        await made.mail.acceptance.claim(ada, token)
    await made.people.sign_in.users.change(ADMIN, Target("boss"), UserPatch(disabled=True))
    with pytest.raises(Conflict, match="no longer has an account"):
        await made.mail.acceptance.claim(made.signed_in(ada), token)
    await made.people.sign_in.users.change(ADMIN, Target("boss"), UserPatch(disabled=False))
    assert (await made.mail.acceptance.claim(made.signed_in(ada), token)).organization == "acme"


async def test_of_two_claims_at_once_one_wins(made: World) -> None:
    boss = await made.user("boss", "admin")
    far = made.signed_in(await made.user("far", organization="globex", email="far@example.org"))
    await made.invite(boss, email="far@example.org")
    token = await made.mailed_token()
    ends: list[str] = []

    async def claim() -> None:
        try:
            await made.mail.acceptance.claim(far, token)
            ends.append("got")
        except Conflict:
            ends.append("late")

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(claim)
    assert sorted(ends) == ["got", "late", "late", "late"]
    assert len(await made.audited("invite.accept")) == 1


async def test_guessing_is_slowed_down_for_who_is_signed_in_too(made: World) -> None:
    ada = made.signed_in(await made.user("ada", email="ada@example.org"))
    refusals: list[str] = []
    for _ in range(60):
        try:
            await made.mail.acceptance.claim(ada, new_token())
        except (NotFound, RateLimited) as error:
            refusals.append(error.code)
    assert (refusals[0], refusals[-1]) == ("NOT_FOUND", "RATE_LIMITED")


async def test_lists_hold_what_one_may_see(made: World) -> None:
    boss, other = await made.user("boss", "admin"), await made.user("other", "owner", "globex")
    new = await made.invite(boss)
    await made.invite(other, organization="globex")
    for actor, count in ((ADMIN, 2), (boss, 1), (other, 1)):
        found, total = await made.mail.invites.list(actor, InviteQuery())
        assert (len(found), total) == (count, count)
    with pytest.raises(Forbidden, match="invite:read"):
        await made.mail.invites.list(await made.user("v", "viewer"), InviteQuery())
    for reference in (new.id, "no", "../x"):
        with pytest.raises(NotFound):
            await made.mail.invites.show(other, Target(reference))
        with pytest.raises(NotFound):
            await made.mail.invites.revoke(other, Target(reference))
    for query, count in (
        (InviteQuery(state="pending"), 1),
        (InviteQuery(state="expired"), 0),
        (InviteQuery(state="accepted"), 0),
        (InviteQuery(email="ADA@example.org"), 1),
        (InviteQuery(organization="acme", sort="-email"), 1),
    ):
        assert (await made.mail.invites.list(boss, query))[1] == count
    made.clock.advance(8 * 86400)
    assert (await made.mail.invites.list(boss, InviteQuery(state="expired")))[1] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a\r\nBcc: x@y.example"),
        ("message", "a\r\nb"),
        ("message", "x" * 501),
        ("message", "a\u202eb"),
        ("ttl", "1y"),
        ("ttl", "31d"),
        ("ttl", "0m"),
        ("ttl", "-1d"),
        ("ttl", "7"),
        ("groups", ["g"] * 21),
        ("labels", {"": "x"}),
    ],
)
async def test_requests_that_are_wrong(made: World, field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        await made.invite(**{field: value})
    assert await made.rows("SELECT * FROM invites") == []


async def test_limits(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    new = await made.invite(email="eve@example.org")
    for _ in range(9):
        await made.mail.invites.resend(made.root, Target(new.id), ResendRequest())
    with pytest.raises(RateLimited, match="to this address"):
        await made.mail.invites.resend(made.root, Target(new.id), ResendRequest())
    assert (await made.mail.invites.show(ADMIN, Target(new.id))).sent == 10
    monkeypatch.setattr(service, "PER_ORGANIZATION_AN_HOUR", 11)
    await made.invite(email="a@example.org")
    with pytest.raises(RateLimited, match="of this organization"):
        await made.invite(email="b@example.org")
    await made.invite(email="b@example.org", organization="globex")
    made.clock.advance(3601)
    await made.invite(email="b@example.org")


async def test_places_that_go_take_their_invites(made: World) -> None:
    await made.invite(organization="", workspace="acme/web")
    token = await made.mailed_token()
    with pytest.raises(Conflict, match="1 invite"):
        await made.slices.administration.delete_workspace(ADMIN, Target("acme/web"), DeleteQuery())
    await made.slices.administration.delete_workspace(ADMIN, Target("acme/web"), DeleteQuery(cascade=True))
    assert await made.audited("invite.revoke") == [("admin", "ada@example.org")]
    await refused(made, token, NotFound, "no such invitation")


async def test_old_ones_are_forgotten(made: World) -> None:
    new = await made.invite()
    await made.mail.invites.revoke(ADMIN, Target(new.id))
    await made.invite(email="b@example.org")
    made.clock.advance(60 * 86400)
    await made.mail.remove_expired()
    assert await made.rows("SELECT COUNT(*) FROM invites") == [(2,)]
    made.clock.advance(60 * 86400)
    await made.mail.remove_expired()
    assert await made.rows("SELECT COUNT(*) FROM invites") == [(0,)]


def test_tokens_and_lifetimes() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(is_token(one) and len(hash_of(one)) == 64 for one in tokens)
    assert [lifetime(one) / 60e6 for one in ("1m", "2h", "30d")] == [1, 120, 43200]
