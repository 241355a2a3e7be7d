"""The audit log on its way to real receivers: each row at least once, in order, whatever happens on the way."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from pathlib import Path

import pytest
import trio

from nimbus.db.leadership import NotLeading
from nimbus.kernel.errors import ValidationError
from nimbus.kernel.routing import Target
from nimbus.records.destinations import exporter as exporting
from nimbus.records.destinations import syslog
from nimbus.records.destinations.records import DestinationPatch
from tests.kit.polling import eventually, eventually_so
from tests.kit.records import ADMIN
from tests.kit.smtp_server import Certificates
from tests.nimbus.records.destinations.world import Stream, Syslog, Webhook, receiver, world

MESSAGE = re.compile(
    r"<(?P<priority>\d+)>1 (?P<at>\S+Z) \S+ nimbus - (?P<kind>\S+) \[meta sequenceId=\"\d+\"\] {.*}", re.S
)


async def test_syslog_over_tcp(tmp_path: Path) -> None:
    server = Syslog()
    async with receiver(server) as port, world(tmp_path) as made:
        await made.made.record(3)
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}", begin="oldest")
        await made.made.record(2, outcome="denied", after={"name": "Zürich\n"})
        await made.send(destination)
        assert server.sequences == await made.sequences()
        match = MESSAGE.fullmatch(server.messages[-1])
        assert match is not None
        assert (match["priority"], match["kind"]) == ("108", "node.update")
        view = await made.look()
        assert (view.state, view.waiting, view.sent) == ("up_to_date", 0, len(server.messages))


@pytest.mark.parametrize("politely", [True, False])
async def test_syslog_over_tls_and_a_certificate_that_is_not_trusted(tmp_path: Path, politely: bool) -> None:
    """`politely`: with the word of TLS that nothing more comes; many servers just close."""
    server, certificates = Syslog(politely), Certificates(tmp_path / "ca")
    async with receiver(server, certificates.context()) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tls://localhost:{port}")
        await made.made.record(1)
        await made.send(destination)
        view = await made.look()
        assert (view.state, server.messages) == ("failing", [])
        assert "issuer certificate" in view.problem
        patch = DestinationPatch(ca_pem=certificates.ca_pem)
        await made.destinations.change(ADMIN, Target("siem"), patch)
        await made.send(destination)
        assert server.sequences == (await made.sequences())[-3:]
        assert (await made.look()).problem == ""


async def test_a_webhook_gets_signed_batches(tmp_path: Path) -> None:
    hook, certificates = Webhook(), Certificates(tmp_path / "ca")
    async with receiver(hook, certificates.context()) as port, world(tmp_path) as made:
        target = f"https://localhost:{port}/in?token=x"
        destination = await made.create(target, ca_pem=certificates.ca_pem)
        await made.made.record(2)
        await made.send(destination)
        [(headers, body)] = hook.requests
        assert headers[""] == "POST /in?token=x HTTP/1.1"
        assert headers["host"] == f"localhost:{port}"
        assert hook.sequences == (await made.sequences())[-3:]
        assert destination.secret is not None
        match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-nimbus-signature"])
        assert match is not None
        signed = f"{match[1]}.".encode() + body
        assert match[2] == hmac.new(destination.secret.encode(), signed, hashlib.sha256).hexdigest()
        assert json.loads(body)["test"] is False
        stored = await made.made.rows("SELECT sealed_secret FROM audit_destinations")
        assert destination.secret not in str(stored)
        assert destination.secret not in str(await made.made.rows("SELECT diff FROM audit_log"))
        with pytest.raises(ValidationError, match="secret: must be 16 to 255"):
            await made.destinations.change(ADMIN, Target("siem"), DestinationPatch(secret=""))
        assert (await made.look()).has_secret


@pytest.mark.parametrize("answer", [500, 302, 404])
async def test_a_webhook_that_does_not_take_a_batch_gets_it_again(tmp_path: Path, answer: int) -> None:
    hook, certificates = Webhook(answer), Certificates(tmp_path / "ca")
    async with receiver(hook, certificates.context()) as port, world(tmp_path) as made:
        destination = await made.create(f"https://localhost:{port}/", ca_pem=certificates.ca_pem)
        await made.send(destination)
        view = await made.look()
        assert (view.state, view.attempts, view.problem) == (
            "failing",
            1,
            f"request: it answered HTTP {answer}",
        )
        assert view.next_attempt_at is not None
        await made.send(destination)
        (_, first), (_, second) = hook.requests
        assert first == second
        assert (await made.look()).state == "up_to_date"


async def test_a_receiver_that_closes_in_the_middle_of_a_batch_gets_all_of_it_again(tmp_path: Path) -> None:
    server, seen = Syslog(), []

    async def close_early(stream: Stream) -> None:
        seen.append(await stream.receive_some(100))
        await stream.aclose()

    async with receiver(close_early) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}", begin="oldest")
        await made.made.record(100)
        await made.send(destination)
        assert seen
        view = await made.look()
        assert (view.state, view.sent, view.sent_through) == ("failing", 0, 0)
        async with receiver(server) as other:
            patch = DestinationPatch(target=f"syslog+tcp://127.0.0.1:{other}")
            await made.destinations.change(ADMIN, Target("siem"), patch)
            await made.send(destination)
        assert server.sequences == await made.sequences()


async def test_a_receiver_that_does_not_read_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "TIMEOUT_S", 0.2)

    async def hang(_stream: Stream) -> None:
        await trio.sleep_forever()

    async with receiver(hang) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}")
        await made.send(destination)
        view = await made.look()
        assert (view.state, view.problem) == ("failing", "close: no answer within 0.2 s")


async def test_killed_between_the_answer_and_its_note_it_sends_again_and_misses_nothing(
    tmp_path: Path,
) -> None:
    server = Syslog()
    async with receiver(server) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}", begin="oldest")
        [row] = (await made.made.rows("SELECT COUNT(*) FROM audit_log"))[0]

        with pytest.MonkeyPatch.context() as patch, trio.CancelScope() as scope:
            patch.setattr(made.exporter, "_note", _cancelling(scope))
            await made.exporter.send_next(destination.destination.id)
        made.exporter = made.another()
        await made.made.record(2)
        await made.send(destination)
        every = await made.sequences()
        assert server.sequences == [*every[:row], *every]


def _cancelling(scope: trio.CancelScope) -> object:
    async def note(*_: object) -> bool:
        scope.cancel()
        await trio.lowlevel.checkpoint()
        raise AssertionError

    return note


async def test_who_does_not_lead_sends_nothing(tmp_path: Path) -> None:
    server = Syslog()
    async with receiver(server) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}")
        made.fence.error = NotLeading("another one leads")
        with pytest.raises(NotLeading):
            await made.send(destination)
        assert server.messages == []


async def test_many_rows_go_in_batches_by_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 7)
    monkeypatch.setattr(exporting, "GATHER_S", 0.01)
    server = Syslog()
    async with receiver(server) as port, world(tmp_path) as made, trio.open_nursery() as nursery:
        await made.made.record(20)
        nursery.start_soon(made.exporter.run)
        # Nothing goes out before there is a destination, and what was written then still does.
        await made.create(f"syslog+tcp://127.0.0.1:{port}", begin="oldest")
        await made.made.record(3)
        every = await made.sequences()
        await eventually(lambda: server.sequences == every, "all rows came, in order")

        async def is_up_to_date() -> bool:
            return (await made.look()).state == "up_to_date"

        await eventually_so(is_up_to_date, "it says so")
        nursery.cancel_scope.cancel()


async def test_rows_that_age_took_away_are_counted(tmp_path: Path) -> None:
    server = Syslog()
    async with receiver(server) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}", begin="oldest")
        await made.made.record(5)
        made.made.tamper("DELETE FROM audit_log WHERE sequence <= 4")
        await made.send(destination)
        view = await made.look()
        assert (view.missed, view.state) == (4, "up_to_date")


async def test_nothing_is_sent_to_this_machine_unless_that_is_allowed(tmp_path: Path) -> None:
    server = Syslog()
    async with receiver(server) as port, world(tmp_path, anywhere=False) as made:
        for target in (f"syslog+tcp://127.0.0.1:{port}", "https://localhost/", "https://[::ffff:127.0.0.1]/"):
            with pytest.raises(ValidationError, match="target"):
                await made.create(target)
        made.sender._reach._anywhere = True
        destination = await made.create(f"syslog+tcp://localhost:{port}")
        # What it leads to is looked at again each time: a name may come to stand for another address.
        made.sender._reach._anywhere = False
        await made.send(destination)
        view = await made.look()
        assert "an address of this machine alone" in view.problem
        assert server.messages == []


async def test_a_test_row(tmp_path: Path) -> None:
    server = Syslog()
    async with receiver(server) as port, world(tmp_path) as made:
        destination = await made.create(f"syslog+tcp://127.0.0.1:{port}")
        tried = await made.destinations.test(ADMIN, Target("siem"))
        assert tried.ok
        assert [step.step for step in tried.steps] == ["connect", "send", "close"]
        assert server.sequences == [0]
        await made.send(destination)
        assert server.sequences == [0, *(await made.sequences())[-2:]]
    async with world(tmp_path) as made:
        tried = await made.destinations.test(ADMIN, Target("siem"))
        assert not tried.ok
        assert (tried.steps[-1].step, tried.steps[-1].ok) == ("connect", False)
