"""REST routes of invites."""

from __future__ import annotations

import msgspec

from nimbus.correspondence.invites.acceptance import Acceptance
from nimbus.correspondence.invites.records import (
    Accepted,
    AcceptRequest,
    Claimed,
    ClaimRequest,
    InviteQuery,
    InviteRequest,
    InviteView,
    NewInvite,
    Preview,
    PreviewRequest,
    ResendRequest,
)
from nimbus.correspondence.invites.service import Invites
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Open, Page, Route
from nimbus.people.identity import cookies

_INVITES, _INVITE = "/api/v1/invites", "/api/v1/invites/{invite}"
_SHOWS = "the token in the body, 256 random bits, is what it is about and who may"


def routes(invites: Invites, acceptance: Acceptance, *, origins: tuple[str, ...] = ()) -> list[Route]:
    """`origins` are those of pages that may use the cookie, beside the address that the request was sent to."""
    return [*_inviting(invites), *_accepting(acceptance, origins)]


def _inviting(invites: Invites) -> list[Route]:
    async def index(call: Call) -> Answer:
        query = call.query or InviteQuery()
        found, total = await invites.list(call.actor, query)
        return Answer(found, page=Page(query.page, query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await invites.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await invites.show(call.actor, call.target("invite")))

    async def resend(call: Call) -> Answer:
        return Answer(await invites.resend(call.actor, call.target("invite"), call.body))

    async def revoke(call: Call) -> Answer:
        return Answer(await invites.revoke(call.actor, call.target("invite")))

    read, write = Permission.INVITE_READ, Permission.INVITE_WRITE
    return [
        Route("GET", _INVITES, index, read, "List invites", query=InviteQuery, answer=list[InviteView]),
        Route(
            "POST",
            _INVITES,
            create,
            write,
            "Invite an address",
            body=InviteRequest,
            answer=NewInvite,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", _INVITE, show, read, "Show an invite", answer=InviteView),
        Route(
            "POST",
            f"{_INVITE}/resend",
            resend,
            write,
            "Send an invite again; the link before is void",
            body=ResendRequest,
            answer=NewInvite,
            changes=True,
        ),
        Route(
            "DELETE",
            _INVITE,
            revoke,
            Permission.INVITE_DELETE,
            "Take an invite back",
            answer=InviteView,
            changes=True,
        ),
    ]


def _accepting(acceptance: Acceptance, origins: tuple[str, ...]) -> list[Route]:
    async def preview(call: Call) -> Answer:
        return Answer(await acceptance.preview(call.actor, call.body.token))

    async def accept(call: Call) -> Answer:
        if call.body.cookie:
            cookies.check_own_page(call.headers, origins)
        done = await acceptance.accept(call.actor, call.body, call.headers.get("user-agent", ""))
        if not call.body.cookie:
            return Answer(done, status=201)
        session = done.session
        assert session.refresh_token is not None
        header = cookies.set_cookie(session.refresh_token, session.refresh_expires_in)
        shown = msgspec.structs.replace(done, session=msgspec.structs.replace(session, refresh_token=None))
        return Answer(shown, status=201, headers={"Set-Cookie": header})

    async def claim(call: Call) -> Answer:
        return Answer(await acceptance.claim(call.actor, call.body.token))

    return [
        Route(
            "POST",
            f"{_INVITES}/preview",
            preview,
            Open.PUBLIC,
            "See what an invitation is for",
            body=PreviewRequest,
            answer=Preview,
            reason=_SHOWS,
        ),
        Route(
            "POST",
            f"{_INVITES}/accept",
            accept,
            Open.PUBLIC,
            "Accept an invitation",
            body=AcceptRequest,
            answer=Accepted,
            changes=True,
            status=201,
            reason=_SHOWS,
        ),
        Route(
            "POST",
            f"{_INVITES}/claim",
            claim,
            Open.SIGNED_IN,
            "Accept an invitation with one's account",
            body=ClaimRequest,
            answer=Claimed,
            changes=True,
            reason="the token and the address of one's account say that one is meant",
        ),
    ]
