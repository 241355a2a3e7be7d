"""The agent's settings that are more than a number."""

from __future__ import annotations

import pytest

from agent.config import mesh_endpoints
from nimbus.protocol.errors import UsageError


def test_endpoints_of_this_machine_are_given_with_a_comma_between_them() -> None:
    assert mesh_endpoints("") == ()
    assert mesh_endpoints("198.51.100.7:51820, [2001:DB8::1]:51820,") == (
        "198.51.100.7:51820",
        "[2001:db8::1]:51820",
    )


@pytest.mark.parametrize(
    "wrong", ["198.51.100.7", "router.example.org:51820", "198.51.100.7:0", "2001:db8::1:5"]
)
def test_what_is_no_address_and_port_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(UsageError, match="mesh_endpoint: Not an") as caught:
        mesh_endpoints(wrong)
    assert caught.value.next_step or "Not an IP address" in caught.value.message
