"""Deliveries to real and to hostile SMTP servers on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.correspondence.mail.message import composed
from nimbus.correspondence.mail.records import Content, Relay
from nimbus.correspondence.mail.sending import Sender
from nimbus.correspondence.mail.smtp import MAX_ANSWER_BYTES, Delivery, DeliveryFailed
from tests.kit.ports import free_ports
from tests.kit.smtp_server import PASSWORD, USER, Certificates, Mailbox, scripted_server, smtp_server

ADA, FROM = "ada@example.org", "nimbus@example.com"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def relay(port: int, **fields: Any) -> Relay:
    values = {
        "host": "localhost",
        "port": port,
        "security": "starttls",
        "username": "",
        "password": "",
        "ca_pem": "",
        "timeout_s": 5.0,
        **fields,
    }
    return Relay(**values)


def message(text: str = "hello") -> bytes:
    return composed(
        mail_id="m-1",
        sender=FROM,
        sender_name="Nimbus",
        recipient=ADA,
        subject="Hello",
        content=Content(text, ""),
        at=0,
    )


async def failed(where: Relay, words: str) -> DeliveryFailed:
    with trio.fail_after(20), pytest.raises(DeliveryFailed, match=words) as caught:
        await Sender().deliver(where, FROM, ADA, message())
    return caught.value


@pytest.mark.parametrize("auth", [False, True])
@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
async def test_mail_is_handed_over(certificates: Certificates, security: str, auth: bool) -> None:
    contexts: dict[str, Any] = {
        "starttls": {"starttls": certificates.context()},
        "tls": {"tls": certificates.context()},
    }
    user = {"username": USER, "password": PASSWORD} if auth else {}
    with smtp_server(auth=auth, **contexts.get(security, {})) as (port, mailbox):
        where = relay(port, security=security, ca_pem=certificates.ca_pem, **user)
        steps = await Sender().deliver(where, FROM, ADA, message("dots\n.\n..\nand ümlauts " + "x" * 2000))
    [got] = mailbox.messages
    assert got["Subject"] == "Hello"
    assert "\n.\n..\nand ümlauts xxx" in got.get_content().replace("\r\n", "\n")
    assert mailbox.taken[0].mail_from == FROM
    assert mailbox.taken[0].rcpt_tos == [ADA]
    assert mailbox.secure == [security != "none"] or security == "tls"
    names = [step.step for step in steps]
    assert all(step.ok for step in steps)
    assert names[0] == "connect"
    assert names[-3:] == ["sender", "recipient", "message"]
    assert ("authenticate" in names) == auth
    assert PASSWORD not in repr(steps)


async def test_a_wrong_password(certificates: Certificates) -> None:
    with smtp_server(starttls=certificates.context(), auth=True) as (port, mailbox):
        user = {"username": USER, "password": "not this one"}
        error = await failed(relay(port, ca_pem=certificates.ca_pem, **user), "authenticate: 535")
        assert "not this one" not in error.words
        assert not error.permanent
        # Who does not sign in is turned away too, but later.
        await failed(relay(port, ca_pem=certificates.ca_pem), "sender: 530")
    assert mailbox.taken == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_is_not_good(
    certificates: Certificates, tmp_path: Path, security: str
) -> None:
    other = Certificates(tmp_path / "other")
    cases = [
        (certificates.context(), other.ca_pem, "self-signed|unable to get local issuer"),
        (certificates.context(), "", "self-signed|unable to get local issuer"),
        (certificates.context(expired=True), certificates.ca_pem, "expired"),
        (certificates.context(host="mail.example.org"), certificates.ca_pem, "localhost"),
    ]
    for context, ca_pem, words in cases:
        with smtp_server(**{security: context}) as (port, mailbox):  # type: ignore[arg-type]
            error = await failed(relay(port, security=security, ca_pem=ca_pem), f"{security}: .*({words})")
            assert not error.permanent
            assert not error.reached
        assert mailbox.taken == []


async def test_no_downgrade(certificates: Certificates) -> None:
    with smtp_server() as (port, mailbox):
        user = {"username": USER, "password": PASSWORD}
        await failed(relay(port, ca_pem=certificates.ca_pem, **user), "starttls: .*does not offer STARTTLS")
    assert mailbox.taken == []


async def test_starttls_that_is_refused_or_followed_by_plain_text(certificates: Certificates) -> None:
    """What an attacker puts behind the answer to STARTTLS is never read as if it came through TLS."""
    said: list[bytes] = []

    async def serve(stream: trio.SocketStream) -> None:
        await stream.send_all(b"220 hi\r\n")
        said.append(await stream.receive_some())
        await stream.send_all(b"250-me\r\n250 STARTTLS\r\n")
        said.append(await stream.receive_some())
        await stream.send_all(answers.pop(0))
        said.append(await stream.receive_some())

    answers = [b"454 not now\r\n", b"220 go on\r\n250-me\r\n250 AUTH PLAIN\r\n"]
    async with scripted_server(serve) as port:
        user = {"username": USER, "password": PASSWORD}
        where = relay(port, ca_pem=certificates.ca_pem, timeout_s=1.0, **user)
        await failed(where, "starttls: 454")
        await failed(where, "starttls: ")
    assert PASSWORD.encode() not in b"".join(said)
    assert b"AUTH" not in b"".join(said)


async def test_without_tls_only_on_this_machine() -> None:
    where = relay(25, host="192.0.2.1", security="none", timeout_s=0.2)
    await failed(where, "connect: ")


async def test_greylisting_and_refusals_are_told_apart() -> None:
    with smtp_server() as (port, mailbox):
        where = relay(port, security="none")
        mailbox.rcpt_answers = ["451 4.7.1 come back later", "550 5.1.1 nobody here"]
        grey = await failed(where, "recipient: 451 4.7.1 come back later")
        assert (grey.permanent, grey.reached) == (False, True)
        gone = await failed(where, "recipient: 550")
        assert (gone.permanent, gone.reached) == (True, True)
        mailbox.data_answers = ["554 5.6.0 spam", "452 4.3.1 full"]
        assert (await failed(where, "message: 554")).permanent
        assert not (await failed(where, "message: 452")).permanent
        await Sender().deliver(where, FROM, ADA, message())
    assert len(mailbox.taken) == 1


async def test_nobody_there() -> None:
    error = await failed(relay(free_ports(1)[0]), "connect: .*refused")
    assert not error.reached


async def test_a_server_that_hangs() -> None:
    async def serve(_stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with scripted_server(serve) as port:
        await failed(relay(port, timeout_s=0.3), "greeting: no answer within 0.3 s")


async def test_a_server_that_dribbles() -> None:
    """Each byte is in time; all of them are not."""

    async def serve(stream: trio.SocketStream) -> None:
        while True:
            await stream.send_all(b"2")
            await trio.sleep(0.1)

    async with scripted_server(serve) as port:
        sender = Sender(threads=1)
        for _ in range(2):
            # The thread has ended, else the second had none.
            with trio.fail_after(10), pytest.raises(DeliveryFailed, match=r"took longer than 0\.9 s"):
                await sender.deliver(relay(port, timeout_s=0.3), FROM, ADA, message())


async def test_a_server_that_talks_without_end() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        while True:
            await stream.send_all(b"220-" + b"x" * 1000 + b"\r\n")

    async def one_line(stream: trio.SocketStream) -> None:
        await stream.send_all(b"220 " + b"x" * (2 * MAX_ANSWER_BYTES))

    async with scripted_server(serve) as port:
        await failed(relay(port), "greeting: .*too long")
    async with scripted_server(one_line) as port:
        assert len((await failed(relay(port), "greeting: ")).words) < 600


async def test_a_server_that_is_no_smtp_server() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 400 Bad\x1b[31m Request\r\n\r\n")
        await stream.send_eof()

    async with scripted_server(serve) as port:
        error = await failed(relay(port), "greeting: ")
        assert error.words.isprintable()


async def test_what_a_server_repeats_of_the_password_is_not_shown() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        await stream.send_all(b"220 hi\r\n")
        await stream.receive_some()
        await stream.send_all(b"250-me\r\n250 AUTH PLAIN\r\n")
        await stream.receive_some()
        await stream.send_all(f"535 {PASSWORD} is not right\r\n".encode())

    async with scripted_server(serve) as port:
        where = relay(port, security="none", username=USER, password=PASSWORD)
        error = await failed(where, r"authenticate: 535 \*\*\* is not right")
        assert PASSWORD not in error.words


async def test_cancelling_ends_the_delivery() -> None:
    gone = trio.Event()

    async def serve(stream: trio.SocketStream) -> None:
        while await stream.receive_some():
            pass
        gone.set()

    async with scripted_server(serve) as port:
        with trio.move_on_after(0.2):
            await Sender().deliver(relay(port, timeout_s=30.0), FROM, ADA, message())
        with trio.fail_after(5):
            await gone.wait()


def test_repr_of_a_relay_has_no_password() -> None:
    assert PASSWORD not in repr(relay(25, password=PASSWORD))
    assert isinstance(Delivery(relay(25)).steps, list)
    assert Mailbox().taken == []
