from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nimbus.protocol.join_token import (
    PREFIX,
    JoinToken,
    MeshInvitation,
    TokenMalformed,
    decode_token,
    encode_token,
    secret_hash,
)

texts = st.text(max_size=30)
invitations = st.builds(MeshInvitation, texts, texts, texts, texts, texts)
tokens = st.builds(
    JoinToken,
    secret=texts,
    expires_at=st.integers(0, 2**40),
    ca=st.binary(max_size=300),
    api_port=st.integers(1, 65535),
    api_hosts=st.lists(texts, max_size=3).map(tuple),
    name=texts,
    mesh=st.none() | invitations,
    trust=st.lists(st.binary(max_size=40), max_size=2).map(tuple),
    more_api=st.lists(texts, max_size=2).map(tuple),
)


def test_the_api_is_at_its_own_address_first_and_at_those_that_are_set() -> None:
    more = ("https://cp.example.org:8443", "https://edge.example.org:443")
    token = JoinToken("s", 1, b"ca", 8443, api_hosts=("cp.example.org",), more_api=more)
    assert token.api_urls == more


TOKEN = JoinToken(secret="s", expires_at=1, ca=b"ca", api_port=8443)


@given(tokens)
def test_a_token_survives_the_round_trip(token: JoinToken) -> None:
    word = encode_token(token)
    assert decode_token(word) == token
    assert word.isascii()
    assert word.startswith(PREFIX)
    assert decode_token(f"  {word[:20]}\n {word[20:]}\r\n") == token


@given(tokens, st.data())
def test_any_change_of_one_character_is_noticed(token: JoinToken, data: st.DataObject) -> None:
    word = encode_token(token)
    at = data.draw(st.integers(0, len(word) - 1))
    other = data.draw(st.characters(exclude_characters=word[at]))
    altered = word[:at] + other + word[at + 1 :]
    with pytest.raises(TokenMalformed):
        decode_token(altered)


def test_every_last_character_but_one_is_refused() -> None:
    """The last character of base64 has bits that carry nothing: they count too."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/"
    for name in ("", "a", "ab"):
        word = encode_token(JoinToken(secret="s", expires_at=1, ca=b"ca", api_port=8443, name=name))
        for other in alphabet.replace(word[-1], ""):
            with pytest.raises(TokenMalformed):
                decode_token(word[:-1] + other)
        for padding in ("=", "=="):
            with pytest.raises(TokenMalformed):
                decode_token(word + padding)


@given(st.text() | st.text(alphabet="ABCabc0123-_", max_size=80).map(lambda text: PREFIX + text))
@example(PREFIX)
@example(PREFIX + "A")
@example(PREFIX + "A" * 20_000)
@example("")
@example("nimbus2_AAAA")
def test_nothing_else_is_ever_raised(word: str) -> None:
    with pytest.raises(TokenMalformed) as caught:
        decode_token(word)
    assert caught.value.next_step


@given(st.integers(1, 200))
def test_a_token_that_was_cut_is_refused(cut: int) -> None:
    word = encode_token(TOKEN)
    with pytest.raises(TokenMalformed):
        decode_token(word[: -min(cut, len(word))])


def test_secrets_are_not_shown() -> None:
    mesh = MeshInvitation("private!", "10.0.0.2/24", "peer", "h:1", "10.0.0.1")
    token = JoinToken(secret="hush!", expires_at=1, ca=b"", api_port=1, mesh=mesh)
    assert "hush!" not in repr(token)
    assert "private!" not in repr(mesh)
    assert secret_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
