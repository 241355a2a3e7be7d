"""When a certificate is renewed, and that a crash in the middle leaves a pair that fits."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import trio

from agent.command import own_command
from agent.directory import AgentDirectory, open_agent_directory
from agent.link import Reply
from agent.renewal import _new_identity, is_due, renew
from nimbus.kernel.clock import SystemClock, from_seconds
from nimbus.protocol.messages import RenewAnswer, RenewRequest
from nimbus.trust.pki import authority
from tests.kit.records import key_and_csr

DAY = 86400.0


def directory(tmp_path: Path, issued_days_ago: float) -> AgentDirectory:
    ca = authority.load_or_create(tmp_path / "pki", SystemClock().now() - from_seconds(120 * DAY))
    key, csr = key_and_csr()
    issued = ca.sign_node(csr, "n1", SystemClock().now() - from_seconds(issued_days_ago * DAY))
    node = open_agent_directory(str(tmp_path / "agent"))
    node.key.write_text(key)
    node.save_identity(issued.pem, ca.certificate_pem)
    return node


@pytest.mark.parametrize(("days", "due"), [(0, False), (59, False), (61, True), (89, True), (100, True)])
def test_due_at_two_thirds_of_ninety_days(tmp_path: Path, days: float, due: bool) -> None:
    assert is_due(directory(tmp_path, days)) is due


def test_due_at_any_age_when_another_authority_signs(tmp_path: Path) -> None:
    node = directory(tmp_path, 1)
    ca = authority.load_or_create(tmp_path / "pki", SystemClock().now())
    assert not is_due(node)
    ca.rotate(SystemClock().now)
    assert node.trust(ca.trusted_pem)
    assert is_due(node)
    _, csr = key_and_csr()
    # Whole seconds: what is signed in the one of the rotation is older than the authority.
    renewed = ca.sign_node(csr, "n1", ca.began_at)
    node.save_identity(renewed.pem, ca.trusted_pem)
    assert not is_due(node)
    ca.end_previous()
    assert node.trust(ca.trusted_pem)
    assert not is_due(node)
    assert not node.trust(ca.trusted_pem)


def fits(node: AgentDirectory) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(node.certificate, node.key)
    except ssl.SSLError:
        return False
    return True


def test_a_crash_between_the_two_files_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = directory(tmp_path, 61)
    ca = authority.load_or_create(tmp_path / "pki", SystemClock().now())
    key, csr = key_and_csr(1)
    renewed = ca.sign_node(csr, "n1", SystemClock().now()).pem
    real = AgentDirectory.finish_renewal

    def crash_half_way(self: AgentDirectory) -> None:
        self.key.write_text(key)
        raise KeyboardInterrupt

    monkeypatch.setattr(AgentDirectory, "finish_renewal", crash_half_way)
    with pytest.raises(KeyboardInterrupt):
        node.begin_renewal(key, renewed, ca.certificate_pem)
    assert not fits(node)
    monkeypatch.setattr(AgentDirectory, "finish_renewal", real)
    again = open_agent_directory(str(tmp_path / "agent"))
    assert fits(again)
    assert again.certificate.read_text() == renewed
    assert not again.renewal.exists()
    assert again.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("off_days", [30.0, -100.0])
async def test_what_a_wrong_clock_has_signed_does_not_take_the_place_of_what_is_good(
    tmp_path: Path, off_days: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would lock the node out once the control plane's clock is set right."""
    node = directory(tmp_path, 61)
    before = node.certificate.read_text()
    ca = authority.load_or_create(tmp_path / "pki", SystemClock().now())
    key, csr = key_and_csr(1)
    monkeypatch.setattr("agent.renewal._new_identity", lambda: {"key": key, "csr": csr})
    link = SigningLink(ca, off_days)
    await renew(node, link)  # type: ignore[arg-type]
    assert (node.certificate.read_text(), fits(node), link.reconnected) == (before, True, False)
    link.off_days = 0
    await renew(node, link)  # type: ignore[arg-type]
    assert (node.certificate.read_text() != before, fits(node), link.reconnected) == (True, True, True)
    assert not list(node.root.glob(".renewed.*"))


class SigningLink:
    """A control plane whose clock is so many days ahead."""

    def __init__(self, ca: authority.Authority, off_days: float) -> None:
        self.ca, self.off_days, self.reconnected = ca, off_days, False

    async def request(self, _method: str, _target: str, body: bytes) -> Reply:
        await trio.lowlevel.checkpoint()
        csr = msgspec.json.decode(body, type=RenewRequest).csr
        issued = self.ca.sign_node(csr, "n1", SystemClock().now() + from_seconds(self.off_days * DAY))
        return Reply(
            200, msgspec.json.encode(RenewAnswer(certificate=issued.pem, ca=self.ca.certificate_pem))
        )

    def reconnect(self) -> None:
        self.reconnected = True


def test_the_new_identity_is_made_by_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.renewal.own_command", lambda: [sys.executable, "-m", "agent"])
    made = _new_identity()
    assert made["key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert made["csr"].startswith("-----BEGIN CERTIFICATE REQUEST-----")


def test_own_command_is_this_program_without_its_arguments() -> None:
    script = "import sys; from agent.command import own_command; print(own_command())"
    done = subprocess.run(
        [sys.executable, "-c", script, "join", "x"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == repr([sys.executable, "-c", script])
    assert own_command()[0] == sys.executable
