"""REST routes of mail."""

from __future__ import annotations

from collections.abc import Awaitable

from nimbus.correspondence.mail.records import (
    MailSettingsRequest,
    MailSettingsView,
    MailTest,
    MailTestRequest,
    MessageQuery,
    MessageView,
)
from nimbus.correspondence.mail.service import Mail
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Call, Route, Target

_MAIL = "/api/v1/settings/mail"
_MESSAGE = Collection(f"{_MAIL}/messages", "message", MessageView, reads=Permission.SETTINGS_READ)


def routes(mail: Mail) -> list[Route]:
    def change(call: Call) -> Awaitable[MailSettingsView]:
        return mail.change(call.actor, Target("the mail settings", if_match=call.if_match), call.body)

    read, write = Permission.SETTINGS_READ, Permission.SETTINGS_WRITE
    return [
        Route(
            "GET",
            _MAIL,
            lambda call: mail.show(call.actor),
            read,
            "Show the mail settings",
            answer=MailSettingsView,
        ),
        Route(
            "PUT",
            _MAIL,
            change,
            write,
            "Set the mail settings",
            body=MailSettingsRequest,
            answer=MailSettingsView,
            changes=True,
        ),
        Route(
            "POST",
            f"{_MAIL}/test",
            lambda call: mail.test(call.actor),
            write,
            "Send yourself a mail, and see how each step goes",
            body=MailTestRequest,
            answer=MailTest,
            changes=True,
        ),
        _MESSAGE.list(mail.messages, MessageQuery, "List mail that waits, was sent, or failed"),
    ]
