from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshPeer

peers = st.lists(
    st.builds(MeshPeer, st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)),
    unique=True,
    max_size=8,
)


def total(members: list[MeshPeer]) -> str:
    value = checksum.EMPTY
    for member in members:
        value = checksum.added(value, member)
    return value


@given(peers, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(members: list[MeshPeer], dice: object) -> None:
    shuffled = list(members)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(members) == total(shuffled)


@given(peers, peers)
def test_taking_away_undoes_adding(members: list[MeshPeer], others: list[MeshPeer]) -> None:
    value = total(members)
    for other in others:
        value = checksum.added(value, other)
    for other in reversed(others):
        value = checksum.taken_away(value, other)
    assert value == total(members)


@given(peers)
def test_it_is_the_sum_of_the_digests(members: list[MeshPeer]) -> None:
    digests = (
        hashlib.sha256(f"{m.node_id}\0{m.name}\0{m.public_key}\0{m.address}\0{m.endpoint}".encode()).digest()
        for m in members
    )
    assert int(total(members), 16) == sum(int.from_bytes(digest, "big") for digest in digests) % 2**256


def test_every_field_counts_and_removed_does_not() -> None:
    peer = MeshPeer("n", "web", "key", "10.0.0.2", "192.0.2.1:5")
    seen = {checksum.added(checksum.EMPTY, peer)}
    for other in (
        MeshPeer("m", "web", "key", "10.0.0.2", "192.0.2.1:5"),
        MeshPeer("n", "wob", "key", "10.0.0.2", "192.0.2.1:5"),
        MeshPeer("n", "web", "kay", "10.0.0.2", "192.0.2.1:5"),
        MeshPeer("n", "web", "key", "10.0.0.3", "192.0.2.1:5"),
        MeshPeer("n", "web", "key", "10.0.0.2", ""),
    ):
        seen.add(checksum.added(checksum.EMPTY, other))
    assert len(seen) == 6
    assert len(checksum.added(checksum.EMPTY, peer)) == 64
