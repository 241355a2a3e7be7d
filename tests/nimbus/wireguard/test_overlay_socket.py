"""The socket of the relay, without the interface that it belongs to."""

from __future__ import annotations

import pytest

from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.overlay_socket import OverlaySocket


def test_an_interface_that_is_gone_is_named() -> None:
    with pytest.raises(DeviceError, match="there is no interface nimbus-gone: nothing can be relayed"):
        OverlaySocket("nimbus-gone", "127.0.0.1", 0)
