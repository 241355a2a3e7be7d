"""REST routes of mail."""

from __future__ import annotations

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
from nimbus.kernel.routing import Answer, Call, Page, Route, Target

_MAIL = "/api/v1/settings/mail"


def routes(mail: Mail) -> list[Route]:
    async def show(call: Call) -> Answer:
        return Answer(await mail.show(call.actor))

    async def change(call: Call) -> Answer:
        target = Target("the mail settings", if_match=call.if_match)
        return Answer(await mail.change(call.actor, target, call.body))

    async def test(call: Call) -> Answer:
        return Answer(await mail.test(call.actor))

    async def messages(call: Call) -> Answer:
        query = call.query or MessageQuery()
        found, total = await mail.messages(call.actor, query)
        return Answer(found, page=Page(query.page, query.per_page, total))

    read, write = Permission.SETTINGS_READ, Permission.SETTINGS_WRITE
    return [
        Route("GET", _MAIL, show, read, "Show the mail settings", answer=MailSettingsView),
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
            test,
            write,
            "Send yourself a mail, and see how each step goes",
            body=MailTestRequest,
            answer=MailTest,
            changes=True,
        ),
        Route(
            "GET",
            f"{_MAIL}/messages",
            messages,
            read,
            "List mail that waits, was sent, or failed",
            query=MessageQuery,
            answer=list[MessageView],
        ),
    ]
