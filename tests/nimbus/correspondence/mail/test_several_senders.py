"""Mail where several control planes serve one database: one sends, and nothing goes out twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from nimbus.correspondence.mail.outbox import HOLD_MARGIN_S, Postman
from nimbus.correspondence.mail.records import Relay, Step
from nimbus.correspondence.mail.sending import STEPS_IN_ALL, Sender
from nimbus.db import Transaction
from nimbus.db.leadership import NotLeading
from tests.kit import records
from tests.kit.polling import eventually
from tests.nimbus.correspondence.invites.world import World, world
from tests.nimbus.correspondence.mail.test_outbox import about, queue


class Fence:
    """As `Leadership.check`."""

    def __init__(self) -> None:
        self.leads = True

    def check(self, _tx: Transaction) -> None:
        if not self.leads:
            raise NotLeading("another one leads")


class HangingSender(Sender):
    """In place of one whose relay does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = False

    async def deliver(self, relay: Relay, sender: str, recipient: str, content: bytes) -> list[Step]:
        self.asked = True
        await trio.sleep_forever()
        raise AssertionError


def postman(made: World, fence: Fence, sender: Sender | None = None) -> Postman:
    return Postman(made.database, made.clock, records.SEALER, sender or Sender(), fence.check)


async def test_who_leads_no_more_sends_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await queue(made)
        fence = Fence()
        fence.leads = False
        with pytest.raises(NotLeading):
            await postman(made, fence).send_due()
        assert made.mailbox.taken == []
        fence.leads = True
        await postman(made, fence).send_due()
        assert ((await about(made)).state, len(made.mailbox.taken)) == ("sent", 1)


async def test_what_is_on_its_way_the_next_leader_leaves_alone(tmp_path: Path) -> None:
    """The one that led was killed in the middle of a delivery."""
    async with world(tmp_path) as made:
        await queue(made)
        sender, next_leader = HangingSender(), postman(made, Fence())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(postman(made, Fence(), sender).send_due)
            await eventually(lambda: sender.asked, "the relay has been asked")
            await next_leader.send_due()
            assert made.mailbox.taken == []
            nursery.cancel_scope.cancel()
        await next_leader.send_due()
        assert made.mailbox.taken == []
        [(timeout_s,)] = await made.rows("SELECT timeout_s FROM mail_settings")
        made.clock.advance(STEPS_IN_ALL * timeout_s + HOLD_MARGIN_S)
        await next_leader.send_due()
        assert ((await about(made)).state, len(made.mailbox.taken)) == ("sent", 1)
