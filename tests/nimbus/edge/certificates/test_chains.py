"""What was uploaded is read, checked and put in order, or refused with words at the right field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from nimbus.edge.certificates.chains import checked_chain
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import ValidationError
from tests.kit.certificates import pem_of, signed

NOW = from_seconds(datetime.now(UTC).timestamp())
ROOT = signed("Root", is_authority=True)
MIDDLE = signed("Middle", by=ROOT, is_authority=True)
LEAF = signed("www.example.com", ["www.example.com", "*.example.com"], by=MIDDLE)
KEY = pem_of(LEAF.key)
LONG_AGO = datetime.now(UTC) - timedelta(days=100)


def certificates_of(chain: str) -> list[str]:
    return [one.subject.rfc4514_string() for one in x509.load_pem_x509_certificates(chain.encode())]


@pytest.mark.parametrize(
    "parts",
    [(LEAF, MIDDLE), (MIDDLE, LEAF), (ROOT, LEAF, MIDDLE), (LEAF, MIDDLE, ROOT), (LEAF, LEAF, MIDDLE)],
)
def test_a_chain_is_put_in_order_without_its_root(parts: tuple[object, ...]) -> None:
    checked = checked_chain("".join(part.pem for part in parts), KEY, NOW)  # type: ignore[attr-defined]
    assert certificates_of(checked.chain) == ["CN=www.example.com", "CN=Middle"]
    assert checked.names == ("www.example.com", "*.example.com")
    assert (checked.issuer, checked.key_type) == ("Middle", "ECDSA P-256")
    assert checked.serial == f"{LEAF.certificate.serial_number:x}"
    assert pem_of(LEAF.key) == checked.key
    assert any("root" in note.lower() for note in checked.notes) == (ROOT in parts)


def test_what_clients_may_refuse_is_said() -> None:
    assert "intermediate" in checked_chain(LEAF.pem, KEY, NOW).notes[0]
    alone = signed("own.example", ["own.example"], is_authority=True)
    assert "signed itself" in checked_chain(alone.pem, pem_of(alone.key), NOW).notes[0]


def refusal(chain: str, key: str) -> tuple[str, str]:
    with pytest.raises(ValidationError) as refused:
        checked_chain(chain, key, NOW)
    return str(refused.value.details[0]["field"]), refused.value.message


@pytest.mark.parametrize(
    ("chain", "key", "field", "words"),
    [
        ("", KEY, "chain", "no certificate in PEM"),
        ("\x30\x82\x00", KEY, "chain", "no certificate in PEM"),
        (LEAF.pem.replace("M", "!", 5), KEY, "chain", "no certificate in PEM"),
        (LEAF.pem[:-60], KEY, "chain", "no certificate in PEM"),
        (KEY + LEAF.pem, KEY, "chain", "private key in it"),
        (LEAF.pem, LEAF.pem, "private_key", "no private key in PEM"),
        (LEAF.pem, pem_of(LEAF.key, "secret"), "private_key", "is encrypted"),
        (LEAF.pem, pem_of(MIDDLE.key), "private_key", "not the key of the certificate www.example.com"),
        (LEAF.pem + signed("Other", ["o.example"]).pem, KEY, "chain", "Other has nothing to do with"),
        (LEAF.pem + ROOT.pem, KEY, "chain", "Root has nothing to do with"),
        ("".join(signed(f"c{number}").pem for number in range(11)), KEY, "chain", "1 to 10 certificates"),
    ],
)
def test_what_does_not_fit_together_is_refused(chain: str, key: str, field: str, words: str) -> None:
    found, message = refusal(chain, key)
    assert found == field
    assert words in message


def test_a_name_is_needed_and_a_common_name_is_none() -> None:
    bare = signed("www.example.com")
    assert "subject alternative name" in refusal(bare.pem, pem_of(bare.key))[1]


def test_times_count() -> None:
    over = signed("a.example", ["a.example"], begins=LONG_AGO, days=10)
    assert "expired at" in refusal(over.pem, pem_of(over.key))[1]
    coming = signed("a.example", ["a.example"], begins=datetime.now(UTC) + timedelta(days=2))
    assert "is not valid before" in refusal(coming.pem, pem_of(coming.key))[1]


def test_weak_keys_and_strange_ones_are_refused() -> None:
    weak = signed("a.example", ["a.example"], key=rsa.generate_private_key(65537, 1024))
    assert refusal(weak.pem, pem_of(weak.key)) == (
        "private_key",
        "private_key: is RSA of 1024 bits: 2048 are needed",
    )
    strange = signed("a.example", ["a.example"], key=ec.generate_private_key(ec.SECP256K1()))
    assert "browsers do not take" in refusal(strange.pem, pem_of(strange.key))[1]
    edwards = pem_of(ed25519.Ed25519PrivateKey.generate())  # type: ignore[arg-type]
    assert "browsers do not take" in refusal(LEAF.pem, edwards)[1]


def test_a_good_rsa_key_is_taken() -> None:
    good = signed("a.example", ["A.example"], key=rsa.generate_private_key(65537, 2048))
    checked = checked_chain(good.pem, pem_of(good.key), NOW)
    assert (checked.key_type, checked.names) == ("RSA 2048", ("a.example",))
