"""Two nodes between which nothing passes directly reach each other by the relay of a third host."""

from __future__ import annotations

import shutil

import pytest

from tests.system.relay_case import two_nodes_reach_each_other
from tests.system.wireguard_hosts import is_root

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not is_root(), reason="namespaces need root"),
    pytest.mark.skipif(shutil.which("wireguard-go") is None, reason="wireguard-go is not installed"),
]


def test_two_nodes_without_a_direct_way_reach_each_other_end_to_end() -> None:
    two_nodes_reach_each_other("userspace")
