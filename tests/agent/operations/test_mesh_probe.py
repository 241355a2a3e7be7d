"""What a node tells of its measurement: packed, and small whatever the mesh is like."""

from __future__ import annotations

import msgspec

from agent.operations.mesh_probe import MOST_WHOLE, result_of
from nimbus.protocol.link_columns import PackedLinks
from nimbus.protocol.messages import RESULT_LIMIT_BYTES, Link

TRIED = tuple(f"198.51.100.{number}:51820" for number in range(9))


def test_only_ways_that_were_tried_in_vain_are_told_whole() -> None:
    near = Link("id-1", "web-1", 3.0, 0.5, 10, 10, "192.0.2.7:51820", "lan")
    silent = Link("id-2", "web-2", None, None, 0, 148, "192.0.2.8:51820", "outside", TRIED)
    result = result_of([("10.0.0.2", near), ("10.0.0.3", silent)])
    assert result.links == (silent,)
    assert len([*PackedLinks(result.packed)]) == 1


def test_a_mesh_in_which_nothing_answers_still_fits_into_a_result() -> None:
    links = [
        (
            f"10.0.{n // 250}.{n % 250}",
            Link(f"{n:036}", f"node-{n}", None, None, 0, 148, TRIED[0], "lan", TRIED),
        )
        for n in range(3000)
    ]
    result = result_of(links)
    assert (len(result.links), len([*PackedLinks(result.packed)])) == (MOST_WHOLE, 3000 - MOST_WHOLE)
    assert len(msgspec.json.encode(result)) < RESULT_LIMIT_BYTES
