"""The session keys of a node: their file, and what the signer makes of refusals."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from agent.session import SessionKeyFile, SessionKeysUnreadable, Signer
from nimbus.protocol.messages import NonceHint, SessionKey
from nimbus.protocol.signing import parse_session_nonce, signature_matches

OLD, NEW = SessionKey("NSold", "old secret"), SessionKey("NSnew", "new secret")


def counter_of(target: str) -> tuple[str, int]:
    nonce = parse_session_nonce(parse_qs(urlsplit(target).query)["nonce"][0])
    assert nonce is not None
    return nonce


def test_the_file_is_the_users_alone_and_is_read_again(tmp_path: Path) -> None:
    file = SessionKeyFile(tmp_path / "session.json")
    file.save((NEW, OLD))
    assert (tmp_path / "session.json").stat().st_mode & 0o777 == 0o600
    assert file.load() == (NEW, OLD)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b"[1]", b"\xff"])
def test_a_file_of_no_use_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "session.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SessionKeysUnreadable, match=r"session\.json"):
        SessionKeyFile(path).load()


def test_the_newest_signs_until_it_is_refused() -> None:
    signer = Signer((NEW, OLD), now=lambda: 1000.0)
    first = signer.sign("POST", "/x?a=1", b"body")
    assert first is not None
    assert first.key_id == NEW.key_id
    assert first.target.startswith("/x?a=1&nonce=.")
    assert signature_matches(
        first.headers["X-Signature"], NEW.secret, "POST", first.target, first.headers["X-Timestamp"], b"body"
    )
    signer.refused(NEW.key_id, "SESSION_KEY_UNKNOWN")
    second = signer.sign("POST", "/x", b"")
    assert second is not None
    assert second.key_id == OLD.key_id
    signer.refused(OLD.key_id, "SESSION_KEY_REVOKED")
    assert signer.sign("POST", "/x", b"") is None
    signer.use((NEW,))
    assert signer.sign("POST", "/x", b"") is None
    signer.use((SessionKey("NSthird", "s"), NEW))
    assert signer.current == SessionKey("NSthird", "s")


def test_counters_grow_whatever_the_clock_does() -> None:
    now = 1_000_000.0
    signer = Signer((NEW,), now=lambda: now)
    seen = []
    for now in (1_000_000.0, 1_000_000.0, 999_000.0, 1_000_001.0, 0.0):  # noqa: B007  (the signer's clock)
        signed = signer.sign("GET", "/", b"")
        assert signed is not None
        seen.append(counter_of(signed.target)[1])
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("newest", "believed"), [(5 * 10**15, True), (2**62, False), (-1, False), (2**80, False)]
)
def test_a_hint_moves_the_counter_ahead_within_reason(newest: int, believed: bool) -> None:
    signer = Signer((NEW,), now=lambda: 1000.0)
    signer.take_hint(NonceHint("epoch", newest))
    signed = signer.sign("GET", "/", b"")
    assert signed is not None
    epoch, counter = counter_of(signed.target)
    assert epoch == "epoch"
    assert (counter == newest + 1) is believed
