"""The outbox and the settings: queued with what causes it, tried again, never lost, never shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from nimbus.correspondence.mail import outbox as outboxes
from nimbus.correspondence.mail.outbox import content_context
from nimbus.correspondence.mail.records import Letter, MailSettingsRequest, MessageQuery, MessageView
from nimbus.db import Transaction
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden, PreconditionFailed, Unavailable, ValidationError
from nimbus.kernel.routing import Target
from tests.kit import records
from tests.kit.polling import eventually
from tests.kit.ports import free_ports
from tests.kit.smtp_server import smtp_server, text_of
from tests.nimbus.correspondence.invites.world import ADMIN, World, world


def letter(world: World, **fields: Any) -> Letter:
    values = {
        "recipient": "ada@example.org",
        "subject": "Hello",
        "text": "the one-time thing\n",
        "html": "",
        "purpose": "invite",
        "reference": "i-1",
        "expires_at": world.clock.now() + 10**15,
        **fields,
    }
    return Letter(**values)


async def queue(world: World, **fields: Any) -> str:
    return await world.database.write(lambda tx: world.mail.outbox.queue(tx, letter(world, **fields)))


async def about(world: World, reference: str = "i-1") -> MessageView:
    found = await world.database.read(lambda tx: world.mail.outbox.about(tx, reference))
    assert found is not None
    return found


async def test_sent_once_and_its_content_is_sealed_and_then_gone(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        mail_id = await queue(made)
        [(sealed,)] = await made.rows("SELECT sealed_content FROM outbox")
        assert "one-time" not in sealed
        assert "one-time" in records.SEALER.open(sealed, content_context(mail_id))
        await made.mail.postman.send_due()
        await made.mail.postman.send_due()
        [got] = made.mailbox.messages
        assert text_of(got).splitlines() == ["the one-time thing"]
        assert got["Message-ID"] == f"<{mail_id}@example.com>"
        sent = await about(made)
        assert (sent.state, sent.attempts, sent.answer) == ("sent", 1, "250 2.0.0 taken")
        assert await made.rows("SELECT sealed_content FROM outbox") == [("",)]


async def test_nothing_is_queued_by_what_is_undone(tmp_path: Path) -> None:
    async with world(tmp_path) as made:

        def queue_and_fail(tx: Transaction) -> None:
            made.mail.outbox.queue(tx, letter(made))
            raise Conflict("no")

        with pytest.raises(Conflict):
            await made.database.write(queue_and_fail)
        assert await made.rows("SELECT * FROM outbox") == []


async def test_greylisting_with_backoff(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        made.mailbox.rcpt_answers = ["451 4.7.1 later", "451 4.7.1 later"]
        await queue(made)
        assert await made.mail.postman.send_due() == pytest.approx(30)
        first = await about(made)
        assert (first.state, first.attempts, first.answer) == ("queued", 1, "recipient: 451 4.7.1 later")
        made.clock.advance(29)
        await made.mail.postman.send_due()
        assert (await about(made)).attempts == 1
        made.clock.advance(1)
        await made.mail.postman.send_due()
        assert (await about(made)).attempts == 2
        made.clock.advance(59)
        await made.mail.postman.send_due()
        assert (await about(made)).attempts == 2
        made.clock.advance(1)
        await made.mail.postman.send_due()
        assert ((await about(made)).state, len(made.mailbox.taken)) == ("sent", 1)


async def test_a_refusal_is_final_with_the_servers_words(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        made.mailbox.rcpt_answers = ["550 5.1.1 nobody here"]
        await queue(made)
        # Of two that are due at the same moment either may go first.
        made.clock.advance(1)
        await queue(made, recipient="bob@example.org", reference="i-2")
        await made.mail.postman.send_due()
        gone = await about(made)
        assert (gone.state, gone.answer) == ("failed", "recipient: 550 5.1.1 nobody here")
        assert (await about(made, "i-2")).state == "sent"
        assert await made.rows("SELECT sealed_content FROM outbox WHERE state = 'failed'") == [("",)]


async def test_a_relay_that_is_away_is_asked_once_and_mail_gets_too_old(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.turn_mail_on(port=free_ports(1)[0])
        for number in range(5):
            await queue(made, reference=f"i-{number}")
        await made.mail.postman.send_due()
        attempts = await made.rows("SELECT SUM(attempts) FROM outbox")
        assert attempts == [(1,)]
        # New settings: at once, whatever the delay was.
        await made.turn_mail_on()
        await made.mail.postman.send_due()
        assert len(made.mailbox.taken) == 5
        await made.turn_mail_on(port=free_ports(1)[0])
        await queue(made, reference="late")
        for _ in range(200):
            await made.mail.postman.send_due()
            if (await about(made, "late")).state != "queued":
                break
            made.clock.advance(3600)
        late = await about(made, "late")
        assert (late.state, "refused" in late.answer) == ("failed", True)
        assert 72 <= late.attempts <= 90


async def test_mail_of_no_use_any_more_is_not_sent(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await queue(made, expires_at=made.clock.now() + 1_000_000)
        await queue(made, reference="i-2")
        made.clock.advance(2)
        await made.database.write(lambda tx: made.mail.outbox.withdraw(tx, "i-2", "taken back"))
        await made.mail.postman.send_due()
        assert made.mailbox.taken == []
        assert [(await about(made, one)).answer for one in ("i-1", "i-2")] == [
            "too old to be sent",
            "taken back",
        ]
        # Also while mail is off.
        await made.turn_mail_on(enabled=False)
        await queue(made, reference="i-3")
        made.clock.advance(4 * 86400)
        await made.mail.postman.remove_expired()
        assert (await about(made, "i-3")).state == "failed"
        made.clock.advance(40 * 86400)
        await made.mail.postman.remove_expired()
        assert await made.rows("SELECT * FROM outbox") == []


async def test_the_outbox_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "MAX_QUEUED", 2)
    async with world(tmp_path) as made:
        await queue(made)
        await queue(made)
        with pytest.raises(Unavailable):
            await queue(made)


async def test_the_loop_sends_what_is_queued_and_ends_at_once(tmp_path: Path) -> None:
    async with world(tmp_path) as made, trio.open_nursery() as nursery:
        nursery.start_soon(made.mail.postman.run)
        await queue(made)
        await eventually(lambda: made.mailbox.taken, "the mail is sent")
        nursery.cancel_scope.cancel()


async def test_one_that_cannot_be_opened_holds_no_other_up(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await queue(made)
        await made.database.write(lambda tx: tx.execute("UPDATE outbox SET sealed_content = 'rubbish'"))
        await queue(made, reference="i-2")
        await made.mail.postman.send_due()
        assert len(made.mailbox.taken) == 1
        assert (await about(made)).state == "queued"


_KILLED = """
import os, signal, sys, trio
from pathlib import Path
from nimbus.correspondence.mail import store
from tests.kit.slices import slices
async def main():
    async with slices(Path(sys.argv[1])) as joined:
        mail = joined.correspondence
        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        store.finish = die
        await mail.postman.send_due()
trio.run(main)
"""


async def test_killed_between_sending_and_noting_it_may_come_twice_but_is_not_lost(tmp_path: Path) -> None:
    """A real process, killed with SIGKILL after the relay has said 250."""
    async with world(tmp_path) as made:
        mail_id = await queue(made)
    with smtp_server() as (port, mailbox):
        async with world_at(tmp_path, port) as made:
            pass
        root = Path(__file__).parents[4]
        done = await trio.to_thread.run_sync(
            lambda: subprocess.run(
                [sys.executable, "-c", _KILLED, str(tmp_path)],
                cwd=root,
                timeout=60,
                capture_output=True,
                env={**os.environ, "PYTHONPATH": str(root)},
                check=False,
            )
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        assert len(mailbox.taken) == 1
        async with world_at(tmp_path, port) as made:
            assert (await about(made)).state == "queued"
            await made.mail.postman.send_due()
            assert (await about(made)).state == "sent"
        assert [one["Message-ID"] for one in mailbox.messages] == [f"<{mail_id}@example.com>"] * 2


def world_at(folder: Path, port: int) -> Any:
    from contextlib import asynccontextmanager

    from tests.kit.slices import slices

    @asynccontextmanager
    async def opened() -> Any:
        async with slices(folder) as joined:
            made = World(joined, port, None)  # type: ignore[arg-type]
            await made.turn_mail_on()
            yield made

    return opened()


# Settings.


def holder(*permissions: Permission) -> Actor:
    return Actor(kind="user", id="b", name="boss", access=Access(organizations={"o": frozenset(permissions)}))


async def test_settings_are_of_the_appliance(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        boss = holder(Permission.SETTINGS_READ, Permission.SETTINGS_WRITE)
        request = MailSettingsRequest(host="localhost", from_address="a@b.example")
        with pytest.raises(Forbidden, match="settings:read"):
            await made.mail.mail.show(boss)
        with pytest.raises(Forbidden, match="settings:read"):
            await made.mail.mail.messages(boss, MessageQuery())
        with pytest.raises(Forbidden, match="only an administrator"):
            await made.mail.mail.change(boss, Target("mail"), request)
        with pytest.raises(Forbidden, match="settings:write"):
            await made.mail.mail.test(boss)


async def test_the_password_is_sealed_never_shown_and_stays_with_its_server(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        mail = made.mail.mail
        request = MailSettingsRequest(
            host="mail.example.org", from_address="a@b.example", username="u", password="swordfish"
        )
        assert "swordfish" not in repr(request)
        before = await mail.show(ADMIN)
        shown = await mail.change(ADMIN, Target("mail", if_match=before.revision), request)
        assert (shown.has_password, shown.revision) == (True, before.revision + 1)
        assert "swordfish" not in repr(shown)
        [(sealed,)] = await made.rows("SELECT sealed_password FROM mail_settings")
        assert records.SEALER.open(sealed, outboxes.PASSWORD_CONTEXT) == "swordfish"
        assert all("swordfish" not in str(row) for row in await made.rows("SELECT * FROM audit_log"))
        kept = msgspec.structs.replace(request, password=None, from_name="Other")
        assert (await mail.change(ADMIN, Target("mail"), kept)).has_password
        changes: list[dict[str, Any]] = [
            {"host": "evil.example"},
            {"port": 26},
            {"username": "v"},
            {"security": "tls"},
        ]
        for change in changes:
            with pytest.raises(ValidationError, match="password"):
                await mail.change(ADMIN, Target("mail"), msgspec.structs.replace(kept, **change))
        with pytest.raises(PreconditionFailed):
            await mail.change(ADMIN, Target("mail", if_match=before.revision), kept)
        without = msgspec.structs.replace(kept, password="", host="other.example")
        assert not (await mail.change(ADMIN, Target("mail"), without)).has_password


async def test_a_test_tells_each_step(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        with pytest.raises(Conflict, match="no address"):
            await made.mail.mail.test(ADMIN)
        await made.user("chief", email="root@example.org", is_admin=True)
        [(user_id,)] = await made.rows("SELECT id FROM users WHERE username = 'chief'")
        root = await made.again(str(user_id))
        tried = await made.mail.mail.test(root)
        assert (tried.ok, tried.recipient) == (True, "root@example.org")
        assert [step.step for step in tried.steps] == [
            "connect",
            "greeting",
            "ehlo",
            "sender",
            "recipient",
            "message",
        ]
        assert len(made.mailbox.taken) == 1
        await made.turn_mail_on(security="starttls")
        tried = await made.mail.mail.test(root)
        assert not tried.ok
        assert (tried.steps[-1].step, tried.steps[-1].ok) == ("starttls", False)
        assert await made.audited("settings.test") == [("chief", "mail")] * 2


async def test_what_is_listed(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await queue(made)
        await queue(made, recipient="bob@example.org", purpose="notification")
        found, total = await made.mail.mail.messages(ADMIN, MessageQuery(per_page=1))
        assert (len(found), total) == (1, 2)
        found, total = await made.mail.mail.messages(ADMIN, MessageQuery(purpose="notification"))
        assert [one.recipient for one in found] == ["bob@example.org"]
