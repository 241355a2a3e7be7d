"""Nobody comes to more than they have: not by another's key, not by a key of one's own, not by what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kit.requester import Reply
from tests.kit.staff import PASSWORD, Staff, staff

WEB = "acme/web"


@pytest.fixture
async def people(tmp_path: Path) -> Any:
    async with staff(tmp_path / "plane") as made:
        yield made


def refused(reply: Reply, words: str = "") -> None:
    assert (reply.status, reply.code) == (403, "FORBIDDEN"), reply
    assert words in reply.message, reply


async def key_id(people: Staff, user: str, **body: Any) -> str:
    await people.personal_key(user, **body)
    return people.key_ids[user]


# The keys of others.


async def test_a_personal_key_is_rotated_by_its_owner_alone(people: Staff) -> None:
    body = {"overlap": "1h"}
    of_owner, of_viewer = await key_id(people, "acme-owner"), await key_id(people, "acme-viewer")
    of_shared = await key_id(people, "shared")
    await people.sign_in("acme-admin", "acme-desk", "rival-admin")
    for who, key in (
        ("acme-admin", of_owner),
        ("acme-desk", of_owner),
        # The owner has all that the viewer has; the secret would still sign as somebody else.
        ("acme-owner", of_viewer),
        ("rival-admin", of_shared),
    ):
        refused(await people.ask(people.sessions[who], "POST", f"/api/v1/keys/{key}/rotate", body), "own")
        refused(await people.ask(people.sessions[who], "PATCH", f"/api/v1/keys/{key}", {"ttl": ""}), "own")
    for name in ("acme-owner", "acme-viewer", "shared"):
        assert (await people.ask(people.keys[name], "GET", "/api/v1/whoami")).data["name"] == name
    own = await people.ask(people.sessions["acme-owner"], "POST", f"/api/v1/keys/{of_owner}/rotate", body)
    assert own.status == 201, own


async def test_a_key_that_may_more_is_nobodys_to_rotate_change_or_revoke(people: Staff) -> None:
    plane = people.plane
    mighty = await plane.post("/api/v1/keys", {"name": "mighty", "role": "owner", "organization": "acme"})
    of_rival = await plane.post("/api/v1/keys", {"name": "bridge", "role": "viewer", "organization": "rival"})
    await plane.post("/api/v1/grants", {"role": "owner", "key": of_rival["id"], "organization": "acme"})
    personal = await key_id(people, "acme-owner")
    await people.sign_in("acme-admin", "acme-desk", "rival-owner")
    for who, key in (
        ("acme-admin", mighty["id"]),
        ("acme-desk", mighty["id"]),
        ("rival-owner", of_rival["id"]),
        ("acme-admin", personal),
        ("acme-desk", personal),
    ):
        session = people.sessions[who]
        refused(await people.ask(session, "POST", f"/api/v1/keys/{key}/rotate", {}))
        refused(await people.ask(session, "PATCH", f"/api/v1/keys/{key}", {"name": "mine"}))
        refused(await people.ask(session, "DELETE", f"/api/v1/keys/{key}"))
    made = await people.ask(
        people.sessions["acme-admin"], "POST", "/api/v1/keys", {"name": "less", "role": "operator"}
    )
    less = f"/api/v1/keys/{made.data['id']}"
    assert (await people.ask(people.sessions["acme-owner"], "POST", f"{less}/rotate", {})).status == 201
    assert (await people.ask(people.sessions["acme-owner"], "DELETE", less)).status == 200


async def test_who_leads_a_workspace_sees_to_its_keys(people: Staff) -> None:
    await people.sign_in("acme-lead")
    lead = people.sessions["acme-lead"]
    made = await people.ask(
        lead, "POST", "/api/v1/keys", {"name": "orphan", "role": "admin", "workspace": WEB}
    )
    assert made.status == 201, made
    target = f"/api/v1/keys/{made.data['id']}"
    assert [key["name"] for key in (await people.ask(lead, "GET", "/api/v1/keys")).data] == ["orphan"]
    assert (await people.ask(lead, "GET", "/api/v1/keys/orphan")).data["id"] == made.data["id"]
    assert (await people.ask(lead, "PATCH", target, {"labels": {"team": "web"}})).status == 200
    assert (await people.ask(lead, "POST", f"{target}/rotate", {})).status == 201
    # Not those of the organization, nor of another workspace, nor one that was given more since.
    whole = await people.plane.post(
        "/api/v1/keys", {"name": "whole", "role": "viewer", "organization": "acme"}
    )
    assert (await people.ask(lead, "GET", f"/api/v1/keys/{whole['id']}")).status == 404
    await people.plane.post(
        "/api/v1/grants", {"role": "viewer", "key": made.data["id"], "organization": "acme"}
    )
    refused(await people.ask(lead, "POST", f"{target}/rotate", {}))
    [grant] = [
        one
        for one in await people.plane.get("/api/v1/grants", key=made.data["id"])
        if one["workspace"] is None
    ]
    await people.plane.call(lambda client: client.delete(f"/api/v1/grants/{grant['id']}"))
    assert (await people.ask(lead, "DELETE", target)).status == 200


async def test_what_is_done_to_a_personal_key_is_seen_by_its_organization(people: Staff) -> None:
    key = await key_id(people, "acme-owner")
    owner = people.sessions["acme-owner"]
    await people.ask(owner, "POST", f"/api/v1/keys/{key}/rotate", {})
    await people.ask(owner, "DELETE", f"/api/v1/keys/{key}")
    rows = (await people.ask(owner, "GET", "/api/v1/audit-log?action=key.*")).data
    assert [row["action"] for row in rows] == ["key.revoke", "key.rotate", "key.create"]
    assert {row["resource"]["id"] for row in rows} == {key}


# What a key may of what its owner may.


async def test_a_narrowed_key_of_an_administrator_makes_no_administrators(people: Staff) -> None:
    body = {"name": "people", "organization": "acme", "permissions": ["user:read", "user:write"]}
    await people.plane.post("/api/v1/roles", body)
    for role in ("admin", "owner", "people"):
        await _makes_no_administrators(people, role)


async def _makes_no_administrators(people: Staff, role: str) -> None:
    made = await people.plane.post("/api/v1/personal-keys", {"name": role, "kind": "api-key", "role": role})
    key = made["api_key"]
    rooted = {"username": "rooted", "password": PASSWORD, "is_admin": True, "organization": "acme"}
    refused(await people.ask(key, "POST", "/api/v1/users", rooted))
    refused(await people.ask(key, "PATCH", "/api/v1/users/acme-none", {"is_admin": True}))
    for method, target, change in (
        ("PATCH", "/api/v1/users/admin", {"display_name": "x"}),
        ("PATCH", "/api/v1/users/admin", {"is_admin": False}),
        ("POST", "/api/v1/users/admin/password", {"password": PASSWORD}),
        ("POST", "/api/v1/users/admin/second-factors/reset", {}),
    ):
        refused(await people.ask(key, method, target, change))


async def test_a_narrowed_key_sets_up_no_way_in(people: Staff) -> None:
    """A provider may be told to put whoever it likes into groups, and the mail server reads invitations."""
    plane = people.plane
    body = {"name": "setter", "organization": "acme", "permissions": ["settings:read", "settings:write"]}
    await plane.post("/api/v1/roles", body)
    made = await plane.post("/api/v1/personal-keys", {"name": "n", "kind": "api-key", "role": "setter"})
    key = made["api_key"]
    provider = {"name": "idp", "issuer": "https://idp.example.org", "client_id": "nimbus"}
    refused(await people.ask(key, "POST", "/api/v1/identity-providers", provider))
    await plane.post("/api/v1/identity-providers", provider)
    refused(await people.ask(key, "PATCH", "/api/v1/identity-providers/idp", {"link_by_email": True}))
    mail = {"host": "mail.example.org", "from_address": "nimbus@example.org"}
    refused(await people.ask(key, "PUT", "/api/v1/settings/mail", mail))


async def test_a_key_does_not_change_how_its_owner_signs_in(people: Staff) -> None:
    key = await people.personal_key("acme-owner", ttl="1h")
    for method, target, body in (
        ("POST", "/api/v1/users/me/second-factors/reset", {}),
        ("POST", "/api/v1/users/acme-owner/second-factors/reset", {}),
        ("POST", "/api/v1/users/me/password", {"password": "attacker horse battery"}),
        ("PATCH", "/api/v1/users/acme-owner", {"username": "somebody"}),
    ):
        refused(await people.ask(key, method, target, body), "session")
    await people.sign_in("acme-owner")


async def test_a_key_makes_and_changes_none_that_outlives_it(people: Staff) -> None:
    lasting = await key_id(people, "acme-owner")
    short = await people.personal_key("acme-owner", ttl="5m", name="short")
    key = people.key_ids["acme-owner"]
    for method, target, body in (
        ("PATCH", f"/api/v1/keys/{key}", {"ttl": ""}),
        ("PATCH", f"/api/v1/keys/{key}", {"ttl": "1h"}),
        ("POST", "/api/v1/personal-keys", {"name": "for-ever", "kind": "api-key"}),
        ("POST", "/api/v1/personal-keys", {"name": "longer", "kind": "api-key", "ttl": "1h"}),
        ("POST", "/api/v1/keys", {"name": "service", "role": "viewer", "organization": "acme"}),
        ("POST", f"/api/v1/keys/{lasting}/rotate", {}),
    ):
        refused(await people.ask(short, method, target, body), "outlive")
    made = await people.ask(short, "POST", "/api/v1/personal-keys", {"name": "brief", "ttl": "60s"})
    assert made.status == 201, made
    assert (await people.ask(short, "PATCH", f"/api/v1/keys/{key}", {"ttl": "1m"})).status == 200


async def test_a_narrowed_key_knows_no_me(people: Staff) -> None:
    other = await key_id(people, "acme-owner", name="other")
    owner = people.sessions["acme-owner"]
    [session] = (await people.ask(owner, "GET", "/api/v1/sessions")).data
    for name, narrowing in enumerate(
        ({"role": "viewer"}, {"role": "owner"}, {"workspace": WEB}, {"tenant": "t"})
    ):
        key = await people.personal_key("acme-owner", name=f"narrow-{name}", **narrowing)
        for method, target, body in (
            ("PATCH", "/api/v1/users/me", {"display_name": "hacked"}),
            ("PATCH", f"/api/v1/users/{people.users['acme-owner']}", {"display_name": "hacked"}),
            ("DELETE", f"/api/v1/sessions/{session['id']}", None),
            ("DELETE", f"/api/v1/keys/{other}", None),
            ("GET", "/api/v1/users/me", None),
            ("GET", "/api/v1/users/me/second-factors", None),
            ("GET", "/api/v1/sessions", None),
            ("GET", "/api/v1/personal-keys", None),
            ("GET", "/api/v1/auth/identities", None),
        ):
            reply = await people.ask(key, method, target, body)
            assert reply.status in (403, 404), (narrowing, method, target, reply)
        assert (await people.ask(key, "GET", "/api/v1/whoami")).data["name"] == "acme-owner"


# Who has less, and who has more.


async def test_who_has_less_does_nothing_to_who_has_more(people: Staff) -> None:
    plane = people.plane
    await plane.post("/api/v1/groups", {"name": "lead", "organization": "acme"})
    await plane.post("/api/v1/groups/lead/members", {"user": "acme-viewer"})
    await plane.post("/api/v1/grants", {"role": "owner", "group": "lead", "organization": "acme"})
    body = {"name": "purge", "organization": "acme", "permissions": ["organization:delete", "agent:read"]}
    await plane.post("/api/v1/roles", body)
    invite = {"email": "new@example.org", "role": "owner", "organization": "acme"}
    invited = await plane.post("/api/v1/invites", invite)
    await people.sign_in("acme-owner", "acme-admin", "acme-desk", "rival-admin", "rival-owner")
    [session] = await plane.get("/api/v1/sessions", user="acme-owner")
    to_owner: tuple[tuple[str, str, Any], ...] = (
        ("PATCH", "/api/v1/users/acme-owner", {"disabled": True}),
        ("PATCH", "/api/v1/users/acme-owner", {"username": "nobody"}),
        ("PATCH", "/api/v1/users/acme-owner", {"display_name": "nobody"}),
        ("PATCH", "/api/v1/users/acme-owner", {"must_change_password": True}),
        ("PATCH", "/api/v1/users/acme-owner", {"email": "owner@example.org"}),
        ("POST", "/api/v1/users/acme-owner/password", {"password": PASSWORD}),
        ("POST", "/api/v1/users/acme-owner/second-factors/reset", {}),
        ("DELETE", "/api/v1/users/acme-owner", None),
        ("DELETE", f"/api/v1/sessions/{session['id']}", None),
        ("DELETE", "/api/v1/groups/lead/members/acme-viewer", None),
        ("DELETE", "/api/v1/groups/lead", None),
    )
    for who in ("acme-admin", "acme-desk"):
        for method, target, change in to_owner:
            refused(await people.ask(people.sessions[who], method, target, change))
    admin = people.sessions["acme-admin"]
    refused(await people.ask(admin, "PATCH", "/api/v1/roles/purge", {"permissions": ["agent:read"]}))
    refused(await people.ask(admin, "DELETE", f"/api/v1/invites/{invited['id']}"))
    for who in ("rival-admin", "rival-owner"):
        for method, target, change in (
            ("PATCH", "/api/v1/users/shared", {"disabled": True}),
            ("PATCH", "/api/v1/users/shared", {"username": "nobody"}),
            ("DELETE", "/api/v1/users/shared", None),
        ):
            refused(await people.ask(people.sessions[who], method, target, change), "may do things")
    # With as much, or more, it is one's to do.
    owner = people.sessions["acme-owner"]
    for method, target, change in (
        ("PATCH", "/api/v1/users/acme-admin", {"must_change_password": True}),
        ("DELETE", "/api/v1/groups/lead", None),
        ("DELETE", "/api/v1/users/acme-admin", None),
    ):
        assert (await people.ask(owner, method, target, change)).status == 200


# What was kept.


async def test_a_kept_answer_is_for_the_credential_that_asked(people: Staff) -> None:
    await people.sign_in("acme-owner")
    owner, body = people.sessions["acme-owner"], {"name": "full", "kind": "api-key"}
    first = await people.ask(owner, "POST", "/api/v1/personal-keys", body, Idempotency_Key="job-1")
    again = await people.ask(owner, "POST", "/api/v1/personal-keys", body, Idempotency_Key="job-1")
    assert (again.status, again.headers.get("idempotency-replayed")) == (201, "true")
    assert again.body == first.body
    narrow = await people.personal_key("acme-owner", name="narrow", role="viewer")
    stolen = await people.ask(narrow, "POST", "/api/v1/personal-keys", body, Idempotency_Key="job-1")
    assert stolen.status == 403, stolen


async def test_a_kept_answer_is_not_for_who_may_less_by_now(people: Staff) -> None:
    plane = people.plane
    await people.sign_in("acme-admin")
    admin = people.sessions["acme-admin"]
    body = {"name": "ci", "role": "operator", "organization": "acme"}
    made = await people.ask(admin, "POST", "/api/v1/keys", body, Idempotency_Key="job-1")
    assert made.status == 201, made
    [grant] = await plane.get("/api/v1/grants", user="acme-admin")
    await plane.post("/api/v1/grants", {"role": "admin", "user": "acme-admin", "workspace": WEB})
    await plane.call(lambda client: client.delete(f"/api/v1/grants/{grant['id']}"))
    again = await people.ask(admin, "POST", "/api/v1/keys", body, Idempotency_Key="job-1")
    refused(again)
    assert "api_key" not in again.body.decode()


async def test_the_same_request_for_another_workspace_is_another(people: Staff) -> None:
    plane = people.plane
    await plane.post("/api/v1/organizations/acme/workspaces", {"name": "db"})
    for workspace in (WEB, "acme/db"):
        await plane.post("/api/v1/secrets", {"name": "same", "workspace": workspace, "value": "old"})
    await people.sign_in("acme-owner")
    owner, target = people.sessions["acme-owner"], "/api/v1/secrets/same/versions?workspace="

    async def put(workspace: str) -> Reply:
        return await people.ask(owner, "POST", target + workspace, {"value": "new"}, Idempotency_Key="ik-1")

    assert (await put(WEB)).status == 201
    other = await put("acme/db")
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED"), other
    assert (await put(WEB)).headers["idempotency-replayed"] == "true"


# Addresses that somebody has only written down.


async def test_an_address_that_was_written_down_is_in_nobodys_way(people: Staff) -> None:
    await people.sign_in("acme-owner", "rival-owner")
    invited = {"email": "new@acme.example", "role": "viewer", "organization": "acme"}
    link = (await people.ask(people.sessions["acme-owner"], "POST", "/api/v1/invites", invited)).data["link"]
    squatter = {"username": "squatter", "email": "new@acme.example", "organization": "rival"}
    rival = people.sessions["rival-owner"]
    made = await people.ask(rival, "POST", "/api/v1/users", squatter)
    assert (made.status, made.data["email_verified"]) == (201, False), made
    token = link.partition("#token=")[2]
    body = {"token": token, "username": "new", "password": PASSWORD}
    accepted = await people.ask("", "POST", "/api/v1/invites/accept", body)
    assert accepted.status == 201, accepted
    # The inviter held the link, so that nobody has shown that they read what is sent there.
    assert accepted.data["session"]["user"]["email_verified"] is False
    # Nor is an account of another organization told by its address; of one's own it is.
    await people.plane.call(lambda api: api.patch("/api/v1/users/acme-owner", {"email": "boss@acme.example"}))
    probe = {"username": "probe", "email": "boss@acme.example", "organization": "rival"}
    assert (await people.ask(rival, "POST", "/api/v1/users", probe)).status == 201
    own = {"username": "own", "email": "boss@acme.example", "organization": "acme"}
    assert (await people.ask(people.sessions["acme-owner"], "POST", "/api/v1/users", own)).status == 409
