from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agent.operations.registry import HANDLERS
from nimbus.protocol.kinds import KINDS, CollectFacts, MeshProbe, UnknownKind, decode_parameters


def test_parameters_are_typed_and_have_defaults() -> None:
    assert decode_parameters("mesh_probe", {}) == MeshProbe(3, 1000)
    assert decode_parameters("mesh_probe", {"count": "5"}, strict=False) == MeshProbe(5, 1000)
    assert decode_parameters("collect_facts", {}) == CollectFacts()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("mesh_probe", {"count": 0}),
        ("mesh_probe", {"count": 21}),
        ("mesh_probe", {"wait_ms": 49}),
        ("mesh_probe", {"wait_ms": 10_001}),
        ("mesh_probe", {"count": "5"}),
        ("mesh_probe", {"cuont": 1}),
        ("collect_facts", {"x": 1}),
        ("mesh_probe", {"count": None}),
    ],
)
def test_wrong_parameters_are_refused(kind: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_parameters(kind, parameters)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(UnknownKind) as caught:
        decode_parameters("reboot", {})
    assert "collect_facts" in caught.value.next_step


def test_every_kind_has_a_handler_and_sane_limits() -> None:
    assert set(HANDLERS) == set(KINDS)
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.timeout_s >= 1
        assert kind.max_attempts >= 1
        assert kind.summary.endswith(".")
