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
    "link": "the link to send, shown only once; null: it was mailed",
    "mail": "the newest mail about it; null: there was none",
    "min_password_length": "minimum length of a password",
    "next_attempt_at": "when it is retried, RFC 3339 in UTC; null: it is not",
    "MailTest.ok": "whether the mail server accepted it",
    "MailSettingsRequest.password": "password for the mail server; null: unchanged",
    "recipient": "mail address that it goes to",
    "recipients": "mail addresses that it goes to",
    "security": "how the connection is protected: none, starttls or tls",
    "sent": "how often it went by mail",
    "session": "the new user, signed in",
    "timeout": "timeout in seconds",
}
