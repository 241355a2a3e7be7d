"""Pure decisions of invites: tokens, lifetimes, and what the mail says."""

from __future__ import annotations

import hashlib
import re

from nimbus.correspondence.invites.records import LIFETIMES, Invite, State
from nimbus.correspondence.mail.message import simple_html
from nimbus.correspondence.mail.records import Letter
from nimbus.kernel.clock import from_seconds, to_rfc3339
from nimbus.kernel.errors import Conflict, Forbidden, invalid
from nimbus.kernel.ids import new_secret

PREFIX = "ninv_"
PER_ORGANIZATION_AN_HOUR = 200
_TOKEN = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_token() -> str:
    """256 random bits."""
    return PREFIX + new_secret()


def is_token(text: str) -> bool:
    return bool(_TOKEN.fullmatch(text))


def hash_of(token: str) -> str:
    """A plain hash is enough: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_to(base_url: str, token: str) -> str:
    """The token stands in the fragment: no server, proxy or Referer gets to see it."""
    return f"{base_url}/invite#token={token}"


def lifetime(ttl: str) -> int:
    """Microseconds. Raises ValidationError."""
    seconds = LIFETIMES.seconds(ttl)
    if seconds is None:
        raise invalid("ttl", f"{ttl[:20]!r} must be a number with m, h or d, from 1m to 30d")
    return from_seconds(seconds)


def check_pending(state: State) -> None:
    """For who has the token: raises Conflict, which says why it is of no use any more."""
    if state == "pending":
        return
    said = {
        "accepted": ("this invitation was accepted already", "Sign in with the account that was made then."),
        "revoked": ("this invitation was revoked", "Ask the person who invited you."),
        "expired": ("this invitation has expired", "Ask the person who invited you to send it again."),
    }
    message, next_step = said[state]
    raise Conflict(message, next_step=next_step)


class InviteForAnother(Forbidden):
    """Of the address of somebody else than whoever is signed in."""

    code = "INVITE_FOR_ANOTHER"


def check_address_of(invite: Invite, email: str) -> None:
    """Raises InviteForAnother."""
    if not email or email != invite.email:
        raise InviteForAnother(
            f"this invitation is for {invite.email}, and that is not the address of your account",
            next_step="Sign in to the account that has it, or accept without being signed in to get a new one.",
        )


def invitation(invite: Invite, *, organization: str, inviter: str, link: str) -> Letter:
    until = to_rfc3339(invite.expires_at)[:16].replace("T", " ") + " UTC"
    paragraphs = [
        f"{inviter} invites you to {organization} on Nimbus.",
        *([f"{inviter} writes: {invite.message}"] if invite.message else []),
        f"Follow the link to choose a user name and a password. It works once, until {until}.",
        "If you do not know what this is about, do nothing: without you nothing happens.",
    ]
    return Letter(
        recipient=invite.email,
        subject=f"You are invited to {organization} on Nimbus",
        text="\n\n".join([paragraphs[0], link, *paragraphs[1:]]) + "\n",
        html=simple_html(paragraphs, link, "Accept the invitation"),
        purpose="invite",
        reference=invite.id,
        expires_at=invite.expires_at,
    )


def for_who_has_an_account(
    invite: Invite, *, organization: str, inviter: str, username: str, link: str
) -> Letter:
    """Instead: whoever invited does not learn that the address is known here until its owner accepts."""
    until = to_rfc3339(invite.expires_at)[:16].replace("T", " ") + " UTC"
    paragraphs = [
        f"{inviter} invites you to {organization} on Nimbus. You have an account here already: {username}.",
        *([f"{inviter} writes: {invite.message}"] if invite.message else []),
        f"Sign in as {username}, then follow the link to accept with that account, or give it to"
        f" `nimbus invite accept --signed-in`. It works once, until {until}.",
        "If you did not expect this mail, ignore it. The sender cannot see that you opened it.",
    ]
    return Letter(
        recipient=invite.email,
        subject=f"You are invited to {organization} on Nimbus",
        text="\n\n".join([paragraphs[0], link, *paragraphs[1:]]) + "\n",
        html=simple_html(paragraphs, link, "Accept the invitation"),
        purpose="invite",
        reference=invite.id,
        expires_at=invite.expires_at,
    )
