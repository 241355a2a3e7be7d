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
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Open, Route
from nimbus.people.identity import cookies

_INVITE = Collection(
    "/api/v1/invites",
    "invite",
    InviteView,
    reads=Permission.INVITE_READ,
    writes=Permission.INVITE_WRITE,
    deletes=Permission.INVITE_DELETE,
)
_SHOWS = "the token in the body, 256 random bits, names the invitation and is the permission"


def routes(invites: Invites, acceptance: Acceptance, *, origins: tuple[str, ...] = ()) -> list[Route]:
    """`origins` are those of pages that may use the cookie, beside the address that the request was sent to."""
    return [*_inviting(invites), *_accepting(acceptance, origins)]


def _inviting(invites: Invites) -> list[Route]:
    return [
        _INVITE.list(invites.list, InviteQuery, "List invites"),
        _INVITE.create(invites.create, InviteRequest, "Invite an address", answer=NewInvite),
        _INVITE.show(invites.show, "Show an invite"),
        _INVITE.action(
            "/resend",
            invites.resend,
            "Send an invite again; the link before is void",
            ResendRequest,
            answer=NewInvite,
        ),
        _INVITE.delete(invites.revoke, "Take an invite back"),
    ]


def _accepting(acceptance: Acceptance, origins: tuple[str, ...]) -> list[Route]:
    async def accept(call: Call) -> Answer:
        if call.body.cookie:
            cookies.check_own_page(call.headers, origins)
        done = await acceptance.accept(call.actor, call.body, call.headers.get("user-agent", ""))
        if not call.body.cookie:
            return Answer(done)
        session = done.session
        assert session.refresh_token is not None
        header = cookies.set_cookie(session.refresh_token, session.refresh_expires_in)
        shown = msgspec.structs.replace(done, session=msgspec.structs.replace(session, refresh_token=None))
        return Answer(shown, headers={"Set-Cookie": header})

    return [
        Route(
            "POST",
            f"{_INVITE.path}/preview",
            lambda call: acceptance.preview(call.actor, call.body.token),
            Open.PUBLIC,
            "See what an invitation is for",
            body=PreviewRequest,
            answer=Preview,
            reason=_SHOWS,
        ),
        Route(
            "POST",
            f"{_INVITE.path}/accept",
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
            f"{_INVITE.path}/claim",
            lambda call: acceptance.claim(call.actor, call.body.token),
            Open.SIGNED_IN,
            "Accept an invitation with one's account",
            body=ClaimRequest,
            answer=Claimed,
            changes=True,
            reason="the token and the address of one's account say that one is meant",
        ),
    ]
