"""Only what the newer control plane has signed shows an older copy that it is one."""

from __future__ import annotations

from pathlib import Path

from nimbus.http.served_generation import ServedGeneration
from nimbus.trust.pki.authority import Authority, load_or_create
from nimbus.trust.pki.generation_proof import prove, proven_number
from tests.kit.clock import SettableClock
from tests.kit.records import heartbeat

LINEAGE = "11111111-1111-4111-8111-111111111111"


def authority(folder: Path) -> Authority:
    return load_or_create(folder, SettableClock().now())


def served(ca: Authority, number: int, newer: list[int]) -> ServedGeneration:
    return ServedGeneration(
        number, prove(ca, LINEAGE, number), lambda proof: proven_number(ca, LINEAGE, proof), newer.append
    )


def test_who_knows_another_one_is_told_with_a_proof(tmp_path: Path) -> None:
    ca, newer = authority(tmp_path), list[int]()
    ours = served(ca, 3, newer)
    assert ours.hear(heartbeat(generation=3)) == ""
    proof = ours.hear(heartbeat(generation=0))
    assert proven_number(ca, LINEAGE, proof) == 3
    assert ours.hear(heartbeat(generation=2)) == proof
    assert newer == []


def test_a_proof_of_a_newer_one_is_noticed(tmp_path: Path) -> None:
    ca, newer = authority(tmp_path), list[int]()
    served(ca, 3, newer).hear(heartbeat(generation=5, proof=prove(ca, LINEAGE, 5)))
    assert newer == [5]


def test_what_a_node_says_alone_counts_for_nothing(tmp_path: Path) -> None:
    ca, other, newer = authority(tmp_path / "ours"), authority(tmp_path / "other"), list[int]()
    ours = served(ca, 3, newer)
    good = prove(ca, LINEAGE, 5)
    for proof in (
        "",
        "x",
        "..",
        good.replace(".5.", ".6."),
        good.replace(LINEAGE, LINEAGE.replace("1", "2")),
        prove(ca, LINEAGE.replace("1", "2"), 5),
        prove(other, LINEAGE, 5),
        prove(ca, LINEAGE, 2),
        f"{LINEAGE}.{'9' * 400}.AAAA",
        f"{LINEAGE}.\u0665.AAAA",
        good + "A" * 5000,
    ):
        ours.hear(heartbeat(generation=9, proof=proof))
    assert newer == []
