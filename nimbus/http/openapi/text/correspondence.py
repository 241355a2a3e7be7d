"""Fields of mail, invites and notifications."""

from __future__ import annotations

FIELDS = {
    "accepted_at": "when it was accepted, RFC 3339 in UTC; null: not yet",
    "accepted_by": "the user that it became",
    "answer": "what the server said",
    "attempts": "how often it was tried",
    "from_address": "address that mail comes from",
    "from_name": "name that mail comes from",
    "host": "name or address of the mail server",
    "invite_id": "id of the invite",
    "invited_by": "who invites",
    "kinds": "what they hear of",
    "link": "what to hand to the person, shown this once; null: it went by mail",
    "mail": "the newest mail about it; null: there was none",
    "min_password_length": "characters that a password has at least",
    "next_attempt_at": "when it is tried again, RFC 3339 in UTC; null: not any more",
    "MailTest.ok": "whether the mail was taken",
    "MailSettingsRequest.password": "what to sign in with; null: as it is",
    "recipient": "mail address that it goes to",
    "recipients": "mail addresses that it goes to",
    "security": "how the connection is protected: none, starttls or tls",
    "sent": "how often it went by mail",
    "session": "the new user, signed in",
    "timeout": "seconds that the server may take",
}
