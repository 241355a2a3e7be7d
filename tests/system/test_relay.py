"""Two nodes between which nothing passes directly reach each other by the relay of a third host, and find
their ways through NATs; who is not to reach another does not."""

from __future__ import annotations

import shutil

import pytest

from tests.system.relay_case import two_nodes_reach_each_other
from tests.system.ways_case import the_border_holds, ways_through_nats
from tests.system.wireguard_hosts import is_root

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not is_root(), reason="namespaces need root"),
    pytest.mark.skipif(shutil.which("wireguard-go") is None, reason="wireguard-go is not installed"),
]


def test_two_nodes_without_a_direct_way_reach_each_other_end_to_end() -> None:
    two_nodes_reach_each_other("userspace")


@pytest.mark.slow
def test_ways_through_two_nats() -> None:
    ways_through_nats("userspace")


def test_the_border_holds_against_a_member_of_the_hub() -> None:
    the_border_holds("userspace")
