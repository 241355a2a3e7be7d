"""Grants with an end: from that moment they give nothing, by any door, and nobody passes on for longer than they
have."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from nimbus.kernel.clock import from_seconds, to_rfc3339
from tests.kit.clock import SettableClock
from tests.kit.staff import Staff, staff

WEB, GRANTS = "acme/web", "/api/v1/grants"
BRIEF_S, LONG_S = 60.0, 3600.0


class Brief:
    """acme-none is an owner of acme for a minute."""

    def __init__(self, people: Staff, clock: SettableClock) -> None:
        self.people, self.clock = people, clock

    def after(self, seconds: float) -> str:
        return to_rfc3339(self.clock.now() + from_seconds(seconds))

    async def ask(self, who: str, method: str, target: str, body: Any = None) -> Any:
        return await self.people.ask(self.people.sessions[who], method, target, body)

    async def grant(self, who: str, seconds: float = 0.0, **body: Any) -> Any:
        end = {"expires_at": self.after(seconds)} if seconds else {}
        return await self.ask(who, "POST", GRANTS, {**body, **end})


@pytest.fixture
async def brief(tmp_path: Path) -> Any:
    clock = SettableClock()
    async with staff(tmp_path / "plane", clock=clock) as people:
        made = Brief(people, clock)
        await people.sign_in("acme-owner", "acme-none", "acme-viewer")
        given = await made.grant("acme-owner", BRIEF_S, role="owner", user="acme-none", organization="acme")
        assert (given.status, given.data["state"]) == (201, "valid"), given
        yield made


async def test_from_its_end_on_a_grant_gives_nothing(brief: Brief) -> None:
    people = brief.people
    key = await people.personal_key("acme-none")
    body = {"name": "for-a-while", "role": "operator", "organization": "acme", "ttl": "50s"}
    service = (await brief.ask("acme-none", "POST", "/api/v1/keys", body)).data["api_key"]
    credentials = (people.sessions["acme-none"], key, service)
    context = ssl.create_default_context(cafile=people.plane.profile.ca_file)
    url = people.plane.profile.api.replace("https", "wss") + "/api/v1/events"
    headers = [(b"Authorization", f"Bearer {people.sessions['acme-none']}".encode())]
    async with open_websocket_url(url, context, extra_headers=headers) as socket:
        assert json.loads(await socket.get_message())["type"] == "ready"
        for credential in credentials:
            assert (await people.ask(credential, "GET", "/api/v1/nodes")).status == 200
        brief.clock.advance(BRIEF_S)
        for credential in credentials:
            assert (await people.ask(credential, "GET", "/api/v1/nodes")).status in (401, 403)
        await brief.ask("acme-owner", "POST", "/api/v1/groups", {"name": "g", "organization": "acme"})
        with trio.fail_after(20), pytest.raises(ConnectionClosed) as closed:
            await _read_without_events(socket)
        assert closed.value.reason is not None
        assert closed.value.reason.code == 4403
    listed = await people.plane.get(GRANTS, user="acme-none")
    assert [grant["state"] for grant in listed] == ["expired"]
    assert await people.plane.get(GRANTS, user="acme-none", state="valid") == []
    can = await people.plane.get("/api/v1/can", user="acme-none", permission="agent:read", workspace=WEB)
    assert not can["allowed"]
    assert "expired" in can["because"][0], can
    viewer = await brief.ask("acme-viewer", "GET", "/api/v1/effective-access")
    assert [(row["role"], row["expires_at"]) for row in viewer.data["rows"]] == [("viewer", None)]
    assert (await brief.ask("acme-viewer", "GET", "/api/v1/effective-access?user=acme-owner")).status == 403
    assert (await people.plane.get("/api/v1/effective-access", user="acme-none"))["rows"] == []
    again = await brief.grant("acme-owner", role="owner", user="acme-none", organization="acme")
    assert (again.status, again.data["expires_at"]) == (201, None)
    assert (await brief.ask("acme-none", "GET", "/api/v1/nodes")).status == 200


async def _read_without_events(socket: WebSocketConnection) -> None:
    while True:
        assert json.loads(await socket.get_message())["type"] != "event"


async def test_what_one_has_for_a_while_is_passed_on_for_a_while(brief: Brief) -> None:
    people = brief.people
    whom = {"role": "operator", "user": "acme-viewer", "workspace": WEB}
    for seconds in (0.0, LONG_S):
        refused = await brief.grant("acme-none", seconds, **whom)
        assert (refused.status, refused.code) == (403, "FORBIDDEN")
        assert "for longer" in refused.message
    given = await brief.grant("acme-none", BRIEF_S / 2, **whom)
    assert given.status == 201, given
    one = f"{GRANTS}/{given.data['id']}"
    assert (await brief.ask("acme-none", "PATCH", one, {"expires_at": ""})).status == 403
    longer = await brief.ask("acme-none", "PATCH", one, {"expires_at": brief.after(BRIEF_S)})
    assert (longer.status, longer.data["expires_at"]) == (200, brief.after(BRIEF_S))
    rows = (await people.plane.get("/api/v1/effective-access", user="acme-viewer", workspace=WEB))["rows"]
    assert {(row["role"], row["expires_at"]) for row in rows} == {
        ("viewer", None),
        ("operator", brief.after(BRIEF_S)),
    }
    # What lasts is out of reach: roles, groups and keys of others, their passwords, and lasting grants.
    await people.plane.post("/api/v1/groups", {"name": "team", "organization": "acme"})
    await people.plane.post(GRANTS, {"role": "viewer", "group": "team", "organization": "acme"})
    [lasting] = await people.plane.get(GRANTS, user="acme-owner")
    own = (await people.plane.get(GRANTS, user="acme-none"))[0]
    for method, target, body in (
        ("POST", "/api/v1/groups/team/members", {"user": "acme-none"}),
        ("POST", "/api/v1/users/acme-viewer/password", {"password": "another horse battery"}),
        ("POST", "/api/v1/keys", {"name": "k", "role": "operator", "organization": "acme"}),
        ("POST", "/api/v1/invites", {"email": "e@example.org", "role": "viewer", "organization": "acme"}),
        ("POST", "/api/v1/roles", {"name": "r", "organization": "acme", "permissions": ["agent:read"]}),
        ("PATCH", f"{GRANTS}/{own['id']}", {"expires_at": ""}),
        ("DELETE", f"{GRANTS}/{lasting['id']}", None),
    ):
        assert (await brief.ask("acme-none", method, target, body)).status == 403, (method, target)


async def test_an_owner_for_a_while_is_no_last_owner(brief: Brief) -> None:
    plane = brief.people.plane
    [grant] = await plane.get(GRANTS, user="shared", organization="acme")
    await plane.call(lambda client: client.delete(f"{GRANTS}/{grant['id']}"))
    [last] = await brief.people.plane.get(GRANTS, user="acme-owner")
    for method, body in (("DELETE", None), ("PATCH", {"expires_at": brief.after(LONG_S)})):
        refused = await brief.ask("acme-owner", method, f"{GRANTS}/{last['id']}", body)
        assert (refused.status, refused.code) == (409, "LAST_OWNER"), refused
    # Given once more for a while, it stays as it is: nobody loses by being given something.
    same = await brief.grant("acme-owner", LONG_S, role="owner", user="acme-owner", organization="acme")
    assert (same.data["id"], same.data["expires_at"]) == (last["id"], None)
    for end in ("yesterday", "2020-01-01T00:00:00Z"):
        whom = {"role": "viewer", "user": "acme-viewer", "workspace": WEB, "expires_at": end}
        assert (await brief.ask("acme-owner", "POST", GRANTS, whom)).status == 422
