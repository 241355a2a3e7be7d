from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKey, MasterKeyUnusable

A, B, C = (MasterKey(letter * 32) for letter in (b"a", b"b", b"c"))
FILE = KeyFile(Path("/run/keys"))


def test_the_primary_seals_and_every_key_opens() -> None:
    keyring = Keyring([A, B], FILE)
    assert keyring.seal("x", "row").startswith(f"{A.key_id}.")
    assert keyring.open(A.seal("x", "row"), "row") == "x"
    assert keyring.open(B.seal("x", "row"), "row") == "x"


def test_an_unknown_key_is_named_with_those_that_there_are() -> None:
    keyring = Keyring([A, B], FILE)
    with pytest.raises(MasterKeyUnusable, match=f"{C.key_id}.*this control plane has {A.key_id}, {B.key_id}"):
        keyring.open(C.seal("x", "row"), "row")


def test_an_altered_value_names_its_key() -> None:
    sealed = B.seal("x", "row")
    for altered, context in ((sealed[:-4] + "AAAA", "row"), (sealed, "another row")):
        with pytest.raises(MasterKeyUnusable, match=B.key_id):
            Keyring([A, B], FILE).open(altered, context)


def test_a_learned_key_opens_before_it_seals() -> None:
    keyring = Keyring([A], FILE)
    keyring.learn(B)
    assert keyring.open(B.seal("x", "row"), "row") == "x"
    assert keyring.key_id == A.key_id
    keyring.promote(B.key_id)
    assert keyring.seal("x", "row").startswith(B.key_id)
    keyring.forget(A.key_id)
    with pytest.raises(MasterKeyUnusable, match=A.key_id):
        keyring.open(A.seal("x", "row"), "row")
