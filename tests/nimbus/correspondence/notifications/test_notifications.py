"""Who is told what: by place and kind, once a minute, nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nimbus.correspondence.notifications import store
from nimbus.correspondence.notifications.records import Item, Kind, NotificationSettingsRequest
from nimbus.correspondence.notifications.rules import counted, digest, kind_of, sentence
from nimbus.kernel.errors import Forbidden, NotFound, PreconditionFailed, ValidationError
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import UserPatch
from nimbus.records.audit import store as audit_store
from nimbus.records.audit.records import DENIED, ActorView, AuditView, Known, Resource, ResourceView
from tests.kit.smtp_server import text_of
from tests.nimbus.correspondence.invites.world import ADMIN, World, stranger, world


@pytest.fixture
async def made(tmp_path: Path) -> Any:
    async with world(tmp_path) as one:
        await one.mail.watch.process_new_rows()
        yield one


async def subscribe(made: World, address: str, organization: str = "", *kinds: Kind) -> None:
    request = NotificationSettingsRequest(recipients=[address], kinds=list(kinds) or None)
    await made.mail.notifications.change(ADMIN, Target("n"), request, organization)


async def mails(made: World) -> dict[str, list[str]]:
    """Texts by recipient, of all that was sent until now."""
    await made.mail.watch.process_new_rows()
    await made.mail.postman.send_due()
    found: dict[str, list[str]] = {}
    for message in made.mailbox.messages:
        found.setdefault(message["To"], []).append(text_of(message))
    return found


async def test_by_place_and_kind(made: World) -> None:
    await subscribe(made, "all@example.org")
    await subscribe(made, "acme@example.org", "acme")
    await subscribe(made, "globex@example.org", "globex", Kind.USER_CREATED)
    await made.user("ada", "owner")
    found = await mails(made)
    assert set(found) == {"all@example.org", "acme@example.org"}
    for texts in found.values():
        assert len(texts) == 1
        assert "admin made the user ada in acme" in texts[0]
        assert "admin gave ada the role owner in acme" in texts[0]
    await made.user("bob", "owner", "globex")
    made.clock.advance(60)
    told = (await mails(made))["globex@example.org"]
    assert "admin made the user bob in globex" in told[0]
    assert "owner" not in told[0]
    assert len((await mails(made))["acme@example.org"]) == 1


async def test_one_mail_a_minute_with_all_that_came(made: World) -> None:
    await subscribe(made, "all@example.org")
    await made.user("u0")
    assert len((await mails(made))["all@example.org"]) == 1
    for number in range(1, 4):
        await made.user(f"u{number}")
        made.clock.advance(10)
        assert len((await mails(made))["all@example.org"]) == 1
    made.clock.advance(30)
    first, second = (await mails(made))["all@example.org"]
    assert [f"the user u{number} " in second for number in range(4)] == [False, True, True, True]
    assert "u0" in first
    made.clock.advance(3600)
    assert len((await mails(made))["all@example.org"]) == 2


async def test_nothing_is_lost_or_told_twice_when_it_is_killed_in_between(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribe(made, "all@example.org")
    await made.user("ada")

    def crash(*_: Any) -> None:
        raise RuntimeError("killed")

    for name in ("add_item", "mailed"):
        with monkeypatch.context() as patched:
            patched.setattr(store, name, crash)
            with pytest.raises(RuntimeError):
                await made.mail.watch.process_new_rows()
    await made.mail.watch.process_new_rows()
    [text] = (await mails(made))["all@example.org"]
    assert text.count("the user ada") == 1


async def test_administrators_last_owners_and_failed_sign_ins(made: World) -> None:
    await subscribe(made, "all@example.org")
    ada = await made.user("ada")
    await made.people.sign_in.users.change(ADMIN, Target("ada"), UserPatch(is_admin=True))

    def refusals(tx: Any) -> None:
        grant = Resource("grant", "g-1", "g-1")
        made.slices.audit.record_refusal(
            tx, ADMIN, "DELETE /api/v1/grants/{grant}", grant, "LAST_OWNER", "failed"
        )
        made.slices.audit.record_refusal(
            tx, ADMIN, "DELETE /api/v1/users/{user}", grant, "CONFLICT", "failed"
        )
        made.slices.audit.record_refusal(
            tx, ADMIN, "PATCH /api/v1/nodes/{node}", Resource("node", "n"), "CONFLICT", "failed"
        )
        for _ in range(7):
            who = Resource("user", ada.id, "ada")
            made.slices.audit.record_refusal(tx, stranger(), "session.create", who, "WRONG_PASSWORD", DENIED)

    await made.database.write(refusals)
    [text] = (await mails(made))["all@example.org"]
    assert "admin made ada an administrator of the control plane" in text
    assert text.count("last owner") == 1
    assert text.count("sign-ins as ada fail again and again, last from 192.0.2.1") == 1
    made.clock.advance(120)
    await made.database.write(refusals)
    assert "sign-ins" not in (await mails(made))["all@example.org"][-1]


async def test_alarms(made: World) -> None:
    await subscribe(made, "all@example.org")
    for _ in range(2):
        await made.mail.watch.alarm(Kind.CERTIFICATE_FAILURE, "the certificate is stuck", "api")
    [text] = (await mails(made))["all@example.org"]
    assert text.count("the certificate is stuck") == 1


async def test_an_audit_log_that_was_changed_is_told(made: World) -> None:
    await subscribe(made, "all@example.org")
    await made.mail.watch.process_new_rows()
    await made.database.write(
        lambda tx: tx.execute("UPDATE audit_log SET actor_name = 'nobody' WHERE sequence = 2")
    )
    made.clock.advance(86401)
    await made.mail.watch._verify_now_and_then()
    assert "the audit log does not hold at row 2" in (await mails(made))["all@example.org"][-1]


async def test_an_audit_log_that_was_cut_off_at_its_end_is_told_at_once(made: World) -> None:
    await subscribe(made, "all@example.org")
    await made.mail.watch.process_new_rows()
    state = await made.database.read(audit_store.chain_state)
    assert state is not None
    audit = made.mail.notifications._audit
    audit.known = Known(state.key_id, state.head.sequence + 7, "f" * 64)
    await made.database.write(audit.notice_cut)
    await made.mail.watch.process_new_rows()
    first, last = state.head.sequence + 1, state.head.sequence + 7
    [text] = (await mails(made))["all@example.org"]
    assert f"rows {first} to {last} of the audit log were cut off at its end" in text


async def test_without_mail_nothing_piles_up(made: World) -> None:
    await subscribe(made, "all@example.org")
    await made.turn_mail_on(enabled=False)
    await made.user("ada")
    await made.mail.watch.process_new_rows()
    assert await made.rows("SELECT * FROM notification_items") == []
    await made.turn_mail_on()
    assert await mails(made) == {}


async def test_settings(made: World) -> None:
    boss, viewer = await made.user("boss", "admin"), await made.user("viewer", "viewer")
    other = await made.user("other", "owner", "globex")
    door, body = made.mail.notifications, NotificationSettingsRequest(recipients=["A@example.org"])
    assert (await door.show(boss, "acme")).revision == 1
    done = await door.change(boss, Target("n", if_match=1), body, "acme")
    assert (done.organization, done.recipients, done.revision) == ("acme", ("a@example.org",), 2)
    with pytest.raises(PreconditionFailed):
        await door.change(boss, Target("n", if_match=1), body, "acme")
    with pytest.raises(Forbidden, match="settings:read"):
        await door.show(boss)
    with pytest.raises(Forbidden, match="organization:write"):
        await door.show(viewer, "acme")
    with pytest.raises(NotFound):
        await door.show(other, "acme")
    for wrong in (["x"], ["a\r\nBcc: b@c.example"], ["a@b.example"] * 51):
        with pytest.raises(ValidationError, match="recipients"):
            await door.change(ADMIN, Target("n"), NotificationSettingsRequest(recipients=wrong))


def row(action: str, outcome: str = "ok", name: str = "web-1", **after: Any) -> AuditView:
    return AuditView(
        id="r",
        sequence=1,
        at="",
        actor=ActorView("user", "u", "admin"),
        action=action,
        resource=ResourceView("node", "n", name),
        workspace_id=None,
        organization_id=None,
        source="192.0.2.1",
        request_id="",
        outcome=outcome,
        before={},
        after=after,
        hash="",
    )


def test_kinds_and_sentences() -> None:
    assert kind_of(row("node.join", approval="approved")) is Kind.NODE_JOINED
    assert kind_of(row("node.join", approval="waiting")) is Kind.NODE_WAITING
    assert kind_of(row("node.approve")) is Kind.NODE_JOINED
    assert kind_of(row("user.update", is_admin=False)) is None
    assert kind_of(row("role.grant", role="viewer")) is None
    assert kind_of(row("node.update")) is None
    assert kind_of(row("edge.create")) is None
    down = row("edge.server_down", server="10.0.0.1:80", upstream="pool", problem="timed out")
    assert kind_of(down) is Kind.EDGE_SERVER
    told = sentence(Kind.EDGE_SERVER, down, "acme/web")
    assert "server 10.0.0.1:80 of pool is down for the edge" in told
    assert told.endswith("in acme/web: timed out")
    evil = sentence(Kind.NODE_WAITING, row("node.join", name="a\r\nBcc: x\u202e"), "acme/web")
    assert evil.isprintable()
    assert len(sentence(Kind.USER_CREATED, row("user.create", name="x" * 5000), "")) <= 300


def test_counting_failures() -> None:
    tally, told = None, []
    for second in range(0, 4000, 30):
        tally, tells = counted(tally, "ada", second * 1_000_000)
        told += [second] if tells else []
    assert told == [120, 3720]


def test_a_digest_is_bounded() -> None:
    items = [Item("a@b.example", str(n), Kind.NODE_JOINED, f"line {n}", 0) for n in range(500)]
    subject, text, html = digest(items)
    assert subject == "Nimbus: 500 things happened"
    assert "and 300 more" in text
    assert len(text.splitlines()) < 210
    assert "line 0" in html
